import type { EntityMetadata } from 'typeorm';
import { grantTable } from '../../schema/grants.js';
import { createPolicy, enableRowSecurity, hasPolicies, policiesOf } from '../../schema/policies.js';
import { quoteName } from '../../schema/sql.js';
import { qualified, tablePlans } from '../../schema/table-plan.js';
import type { SecureTable } from './step-sorter.js';

/** Rights, row-level security and policies of a table, so that it is at no moment without them. */
export function secureStatements(
  metadatas: readonly EntityMetadata[],
  schema: string,
  withPolicies: boolean,
): SecureTable {
  const plans = tablePlans(metadatas, schema);
  return (table) => {
    const plan = plans.find(
      (one) =>
        qualified(one) === table || (one.schema === schema && quoteName(one.table) === table),
    );
    if (!plan) return [];
    if (!withPolicies || !hasPolicies(plan)) return grantTable(plan);
    const policies = policiesOf(plan).flatMap((one) => createPolicy(plan, one).slice(1));
    return [...enableRowSecurity(plan), ...policies, ...grantTable(plan)];
  };
}
