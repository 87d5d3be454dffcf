import type { RecordedMigration } from '../../recording/recorded-migration.js';
import type { ParsedStatement } from '../parsed-statement.js';
import type { QualifiedName } from '../reading/names.js';
import { isKind, nodesOf } from '../reading/sql-nodes.js';
import { changesOf } from '../reading/table-change.js';
import { exclusivelyLocked } from './locks.js';

/** What the statements of one migration before the one in hand have done. */
export class MigrationMemo {
  /** Existing tables that are locked against readers until the transaction ends. */
  readonly locked = new Set<QualifiedName>();
  readonly alters = new Map<QualifiedName, number>();
  readonly notValid = new Set<string>();
  readonly addedEnumValues = new Set<string>();
  /** What SET lock_timeout said last; undefined while it is the runner's. */
  lockTimeout: 'none' | 'some' | undefined;
  inTransaction: boolean;

  constructor(
    readonly migration: RecordedMigration,
    private readonly schema: string,
    private readonly isQuiet: (table: QualifiedName, order: number) => boolean,
  ) {
    this.inTransaction = migration.transaction;
  }

  remember(statement: ParsedStatement, order: number): void {
    if (statement.place === 'function') return;
    for (const table of exclusivelyLocked(statement, this.schema)) {
      if (!this.isQuiet(table, order)) this.locked.add(table);
    }
    this.rememberChanges(statement);
    if (isKind(statement, 'TransactionStmt')) this.rememberTransaction(statement.node.kind);
    if (isKind(statement, 'VariableSetStmt') && statement.node.name === 'lock_timeout') {
      const [value] = nodesOf(statement.node.args, 'A_Const');
      this.lockTimeout = isZero(value) ? 'none' : 'some';
    }
    if (isKind(statement, 'AlterEnumStmt') && !statement.node.oldVal) {
      this.addedEnumValues.add(statement.node.newVal ?? '');
    }
  }

  private rememberChanges(statement: ParsedStatement): void {
    const changes = changesOf(statement, this.schema);
    const [first] = changes;
    if (first) this.alters.set(first.table, (this.alters.get(first.table) ?? 0) + 1);
    for (const { table, constraint } of changes) {
      if (constraint?.skip_validation) this.notValid.add(`${table}/${constraint.conname}`);
    }
  }

  private rememberTransaction(kind: string | undefined): void {
    if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') this.inTransaction = true;
    else if (kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK') {
      this.inTransaction = false;
      this.locked.clear();
      this.notValid.clear();
    }
  }
}

export function isZero(
  value: { ival?: { ival?: number }; sval?: { sval?: string } } | undefined,
): boolean {
  if (!value) return true;
  return value.sval ? /^0\s*\w*$/.test(value.sval.sval ?? '') : !value.ival?.ival;
}
