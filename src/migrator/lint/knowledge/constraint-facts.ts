import type { Constraint } from 'libpg-query';
import type { QualifiedName } from '../reading/names.js';
import { wordsOf } from '../reading/sql-nodes.js';
import type { Moment } from './batch-facts.js';

export interface ConstraintFact {
  readonly name: string;
  readonly order: number;
  readonly migration: string;
  readonly isPending: boolean;
  readonly kind: string;
  readonly keys: readonly string[];
  readonly isIndexed: boolean;
  /** The column that a CHECK says is not null. */
  readonly notNull?: string | undefined;
  /** When it was known to hold for every row; undefined while it is NOT VALID. */
  validated?: number;
}

const INDEXED = new Set(['CONSTR_PRIMARY', 'CONSTR_UNIQUE']);

/** The constraints that a run is known to add, and which of them hold for old rows. */
export class ConstraintFacts {
  private readonly byTable = new Map<QualifiedName, ConstraintFact[]>();

  add(table: QualifiedName, given: Constraint, keys: readonly string[], moment: Moment): void {
    const fact: ConstraintFact = {
      name: given.conname ?? '',
      order: moment.order,
      migration: moment.migration,
      isPending: moment.isPending,
      kind: given.contype ?? '',
      keys,
      isIndexed: INDEXED.has(given.contype ?? ''),
      notNull: given.contype === 'CONSTR_CHECK' ? columnNotNull(given) : undefined,
    };
    if (!given.skip_validation) fact.validated = moment.order;
    this.byTable.set(table, [...(this.byTable.get(table) ?? []), fact]);
  }

  validate(table: QualifiedName, name: string, { order }: Moment): void {
    const fact = this.find(table, name, order);
    if (fact) fact.validated ??= order;
  }

  /** Added before a moment. */
  find(table: QualifiedName, name: string, order: number): ConstraintFact | undefined {
    return this.ofTable(table).findLast((one) => one.name === name && one.order < order);
  }

  ofTable(table: QualifiedName): readonly ConstraintFact[] {
    return this.byTable.get(table) ?? [];
  }

  /** A check has shown that no row has NULL there, so that SET NOT NULL need not look. */
  provesNotNull(table: QualifiedName, column: string, order: number): boolean {
    return this.ofTable(table).some(
      ({ notNull, validated = Infinity }) => notNull === column && validated < order,
    );
  }
}

function columnNotNull({ raw_expr: expression }: Constraint): string | undefined {
  if (!expression || !('NullTest' in expression)) return undefined;
  const { nulltesttype, arg } = expression.NullTest;
  if (nulltesttype !== 'IS_NOT_NULL' || !arg || !('ColumnRef' in arg)) return undefined;
  return wordsOf(arg.ColumnRef.fields).at(-1);
}
