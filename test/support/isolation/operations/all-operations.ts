import type { Operation } from '../operation.js';
import { ATTACKS_BY_SQL } from './attacks-by-sql.js';
import { ATTACKS_ON_IDS } from './attacks-on-ids.js';
import { ATTACKS_ON_TENANT } from './attacks-on-tenant.js';
import { ATTACKS_ON_WORK } from './attacks-on-work.js';
import { BUILDERS } from './builders.js';
import { DELETES } from './deletes.js';
import { JOINS } from './joins.js';
import { RAW } from './raw.js';
import { READS } from './reads.js';
import { RELATIONS } from './relations.js';
import { STATE } from './state.js';
import { SUBQUERIES } from './subqueries.js';
import { TREES } from './trees.js';
import { WRITES } from './writes.js';

export const ALL_OPERATIONS: readonly Operation[] = [
  ...READS,
  ...BUILDERS,
  ...JOINS,
  ...SUBQUERIES,
  ...RELATIONS,
  ...TREES,
  ...RAW,
  ...STATE,
  ...WRITES,
  ...DELETES,
  ...ATTACKS_ON_IDS,
  ...ATTACKS_ON_TENANT,
  ...ATTACKS_BY_SQL,
  ...ATTACKS_ON_WORK,
];
