import { SYSTEM_ROLE } from '../../context/role-names.js';
import { quoteName } from '../../schema/sql.js';
import type { DatabaseFunction } from '../database-function.js';
import { ERASED } from './erasure-note.js';

export const ERASE_FUNCTION = 'rowguard_audit_erase';

/**
 * Takes the values out of the rows of those ids, and leaves what a seal holds of them: the only change
 * that the log lets through. The times only tell in which partitions to look.
 */
export function eraseFunction(schema: string): DatabaseFunction {
  const log = `${quoteName(schema)}.audit_logs`;
  return {
    schema,
    name: ERASE_FUNCTION,
    parameters: 'ids bigint[], since timestamptz, until timestamptz, why text',
    returns: 'bigint',
    settings: [],
    body: `
DECLARE
  erased bigint := 0;
  one record;
BEGIN
  IF coalesce(btrim(why), '') = '' THEN
    RAISE EXCEPTION 'an erasure needs a reason' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR one IN
    WITH gone AS (
      UPDATE ${log} AS log SET diff = NULL, salt = NULL,
        diff_hash = sha256(coalesce(log.salt, ''::bytea) || convert_to(log.diff::text, 'UTF8'))
      WHERE log.id = ANY(ids) AND log.at BETWEEN since AND until AND log.diff IS NOT NULL
      RETURNING log.tenant_id, log.id)
    SELECT gone.tenant_id, count(*) AS rows, jsonb_agg(gone.id ORDER BY gone.id) AS ids FROM gone GROUP BY gone.tenant_id
  LOOP
    erased := erased + one.rows;
    PERFORM ${quoteName(schema)}.rowguard_audit_append(jsonb_build_array(jsonb_build_object(
      'op', 'note', 'action', '${ERASED}', 'tenantId', one.tenant_id,
      'meta', jsonb_build_object('reason', why, 'rows', one.rows, 'ids', one.ids))));
  END LOOP;
  RETURN erased;
END`,
    callableBy: [SYSTEM_ROLE],
  };
}
