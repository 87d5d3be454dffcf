import type { Defect } from '../../../scripts/mutants.js';
import { CONFINED_WHERE, NOT_CONFINED, PREDICATE, defect, predicate } from './defect.js';

/** The tenant in statements that are built. */
export const DEFECTS_OF_PREDICATE: readonly Defect[] = [
  defect('selects are not confined', PREDICATE, predicate('confines a select'), [
    'predicate/tenant-select-query-builder.ts',
    'return confineWhere(this, this.source, super.createWhereExpression());',
    NOT_CONFINED,
  ]),
  defect('updates are not confined', PREDICATE, predicate('confines an update'), [
    'predicate/tenant-update-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('deletes are not confined', PREDICATE, predicate('confines a delete'), [
    'predicate/tenant-delete-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('soft deletes are not confined', PREDICATE, predicate('confines a soft delete'), [
    'predicate/tenant-soft-delete-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('joins are not confined', PREDICATE, predicate('confines a join'), [
    'predicate/tenant-select-query-builder.ts',
    'return confineJoins(this, this.source, () => super.createJoinExpression());',
    'return super.createJoinExpression();',
  ]),
  defect(
    'only the first table is confined',
    PREDICATE,
    predicate('confines every table after FROM'),
    ['predicate/confine.ts', "one === mainAlias || one.type === 'from'", 'one === mainAlias'],
  ),
  defect('fragments may select', PREDICATE, predicate('refuses a select in a fragment'), [
    'predicate/confine.ts',
    '(source.walls.policies || hasOwnSelectsOnly(',
    '(true || hasOwnSelectsOnly(',
  ]),
  defect(
    'conditions may close their bracket',
    PREDICATE,
    predicate('refuses a condition that closes its bracket'),
    ['predicate/confine.ts', '--depth < 0', '--depth < -99'],
  ),
];
