import type { Rule, RuleFacts } from '../rule.js';
import { COLUMN_STYLES } from './style/column-styles.js';
import { COMPATIBILITY } from './compatibility.js';
import { CONSTRAINTS } from './locks/constraints.js';
import { DATA } from './data.js';
import { DROPS } from './loss/drops.js';
import { INDEXES } from './locks/indexes.js';
import { RECREATED } from './loss/recreated.js';
import { MIGRATION_FACTS } from './migration-facts.js';
import { REFERENCES } from './style/references.js';
import { REWRITES } from './locks/rewrites.js';
import { ROWS_LOST } from './loss/rows-lost.js';
import { STATEMENT_STYLES } from './style/statement-styles.js';
import { TABLE_LOCKS } from './locks/table-locks.js';
import { TENANCY } from './tenancy.js';
import { UNKNOWNS } from './loss/unknown.js';
import { WALLS } from './loss/walls.js';

/** The rules that look at statements. One id may stand twice, where it looks at two kinds. */
export const RULES: readonly Rule[] = [
  ...DROPS,
  ...ROWS_LOST,
  ...RECREATED,
  ...WALLS,
  ...UNKNOWNS,
  ...INDEXES,
  ...CONSTRAINTS,
  ...REWRITES,
  ...TABLE_LOCKS,
  ...COMPATIBILITY,
  ...DATA,
  ...REFERENCES,
  ...COLUMN_STYLES,
  ...STATEMENT_STYLES,
  ...TENANCY,
];

/** What every rule says about itself, each id once, in the order of the page of the rules. */
export const CATALOGUE: readonly RuleFacts[] = [
  ...new Map(
    [...RULES, ...Object.values<RuleFacts>(MIGRATION_FACTS)].map((facts) => [facts.id, facts]),
  ).values(),
].toSorted((one, other) => orderOf(one) - orderOf(other));

function orderOf({ id }: RuleFacts): number {
  return 'DBIFSNL'.indexOf(id.charAt(0)) * 100 + Number(id.slice(1));
}
