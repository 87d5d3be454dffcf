import { quoteName } from '../schema/sql.js';
import { qualified } from '../schema/table-plan.js';
import type { AuditPlan } from './audit-plan.js';
import { NEW_ROWS, OLD_ROWS, captureName } from './capture-function.js';

export const TRIGGER_PREFIX = 'rowguard_audit_';

export interface CaptureTrigger {
  readonly name: string;
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';
  readonly timing: 'AFTER' | 'BEFORE';
  readonly oldRows: string | undefined;
  readonly newRows: string | undefined;
}

/** One for each event: PostgreSQL gives the rows of a statement to triggers of a single event only. */
export const CAPTURE_TRIGGERS: readonly CaptureTrigger[] = [
  trigger('INSERT', 'AFTER', undefined, NEW_ROWS),
  trigger('UPDATE', 'AFTER', OLD_ROWS, NEW_ROWS),
  trigger('DELETE', 'AFTER', OLD_ROWS, undefined),
  trigger('TRUNCATE', 'BEFORE', undefined, undefined),
];

export function createTrigger(plan: AuditPlan, one: CaptureTrigger): string[] {
  const references = [
    one.oldRows ? `OLD TABLE AS ${one.oldRows}` : '',
    one.newRows ? `NEW TABLE AS ${one.newRows}` : '',
  ].filter(Boolean);
  const rows = references.length > 0 ? ` REFERENCING ${references.join(' ')}` : '';
  const call = `${quoteName(plan.schema)}.${quoteName(captureName(plan.table))}()`;
  return [
    dropTrigger(plan, one.name),
    `CREATE TRIGGER ${quoteName(one.name)} ${one.timing} ${one.event} ON ${qualified(plan)}${rows} FOR EACH STATEMENT EXECUTE FUNCTION ${call}`,
  ];
}

export function dropTrigger(table: { schema: string; table: string }, name: string): string {
  return `DROP TRIGGER IF EXISTS ${quoteName(name)} ON ${qualified(table)}`;
}

function trigger(
  event: CaptureTrigger['event'],
  timing: CaptureTrigger['timing'],
  oldRows: string | undefined,
  newRows: string | undefined,
): CaptureTrigger {
  return { name: `${TRIGGER_PREFIX}${event.toLowerCase()}`, event, timing, oldRows, newRows };
}
