import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { BatchFacts, NewTableFact } from './knowledge/batch-facts.js';
import type { ConstraintFact } from './knowledge/constraint-facts.js';
import type { MigrationMemo } from './knowledge/migration-memo.js';
import type { LintOptions, RuleContext } from './lint-options.js';
import type { ParsedStatement } from './parsed-statement.js';
import { DEFAULT_SCHEMA, type QualifiedName } from './reading/names.js';
import { type TableChange, changesOf } from './reading/table-change.js';
import { type TypeShape, shapeOfText } from './reading/type-shape.js';

/** What a rule may know besides the statement in hand. */
export class LintContext implements RuleContext {
  private read: readonly TableChange[] | undefined;

  constructor(
    readonly statement: ParsedStatement,
    /** When it runs, among all statements of the run. */
    readonly order: number,
    readonly facts: BatchFacts,
    readonly memo: MigrationMemo,
    readonly options: LintOptions,
    /** How many statements are sent together with it. */
    readonly statements = 1,
  ) {}

  get migration(): RecordedMigration {
    return this.memo.migration;
  }

  get inTransaction(): boolean {
    return this.memo.inTransaction;
  }

  get schema(): string {
    return this.options.schema ?? DEFAULT_SCHEMA;
  }

  /** The clauses of ALTER TABLE; none for another statement. */
  get changes(): readonly TableChange[] {
    return (this.read ??= changesOf(this.statement, this.schema));
  }

  isQuiet(table: QualifiedName): boolean {
    return isQuiet(this.facts, this.options, table, this.order, this.migration.name);
  }

  isNew(table: QualifiedName): boolean {
    const made = madeBefore(this.facts, this.options, table, this.order, this.migration.name);
    return made?.isSure === true;
  }

  /** Added in this run, so that no row was ever taken for good because of it. */
  isFresh({ isPending, migration }: ConstraintFact): boolean {
    return isPending && (this.options.batches !== 'each' || migration === this.migration.name);
  }

  typeBefore(table: QualifiedName, column: string): TypeShape | undefined {
    const known = this.facts.columnTypes.before(`${table}.${column}`, this.order);
    if (known) return known;
    const told = this.options.columnType?.(table, column);
    return told === undefined ? undefined : shapeOfText(told);
  }
}

export function isQuiet(
  facts: BatchFacts,
  options: LintOptions,
  table: QualifiedName,
  order: number,
  migration: string,
): boolean {
  if (madeBefore(facts, options, table, order, migration)) return true;
  const { smallTables = [], schema = DEFAULT_SCHEMA } = options;
  return smallTables.some((name) => (name.includes('.') ? name : `${schema}.${name}`) === table);
}

function madeBefore(
  facts: BatchFacts,
  { batches }: LintOptions,
  table: QualifiedName,
  order: number,
  migration: string,
): NewTableFact | undefined {
  const made = facts.tables.before(table, order);
  return batches === 'each' && made?.migration !== migration ? undefined : made;
}
