import type { SelectStmt } from 'libpg-query';
import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { IndexedFinding, JudgedText } from './judge.js';
import type { LintOptions } from './lint-options.js';
import { locate } from './locate.js';
import type { ParsedStatement } from './parsed-statement.js';
import { isKind } from './reading/sql-nodes.js';
import type { RuleFacts } from './rule.js';
import { MIGRATION_FACTS } from './rules/migration-facts.js';

const WITH_TIMESTAMP = /\d{13}$/;

/** What is to be said about migrations as a whole. */
export function migrationFindings(
  migrations: readonly RecordedMigration[],
  downs: readonly RecordedMigration[],
  texts: readonly JudgedText[],
  { severities = {} }: LintOptions,
): IndexedFinding[] {
  const found = migrations.flatMap((migration) => [
    ...unknown(migration, texts),
    ...wayDown(migration, downs),
    ...history(migration, migrations),
  ]);
  return found.flatMap(({ migration, facts, problem }) => {
    const severity = severities[facts.id] ?? facts.severity;
    if (severity === 'off') return [];
    const statement = Math.max(migration.statements.length - 1, 0);
    const sql = migration.statements[statement]?.sql ?? '';
    const { id: rule, mend } = facts;
    const place = { migration: migration.name, statement, index: 0, sql, ...locate(sql, 0) };
    return [{ rule, severity, problem, mend, ...place }];
  });
}

interface Found {
  readonly migration: RecordedMigration;
  readonly facts: RuleFacts;
  readonly problem: string;
}

function* unknown(migration: RecordedMigration, texts: readonly JudgedText[]): Generator<Found> {
  const facts = MIGRATION_FACTS.dynamic;
  if (migration.stoppedBy) {
    const reason = migration.stoppedBy.message;
    yield { migration, facts, problem: `it cannot be read to its end: ${reason}` };
  } else if (migration.isDynamic && !asksForNothing(migration, texts)) {
    yield { migration, facts, problem: 'it asks the database, and may send something else there' };
  }
}

/** Every answer it may have waited for is one of `SELECT do_something(...)`. */
function asksForNothing(migration: RecordedMigration, texts: readonly JudgedText[]): boolean {
  const selects = texts
    .filter((text) => text.migration === migration)
    .flatMap(({ statements }) => statements.filter(answers));
  return selects.length > 0 && selects.every(isCall);
}

function answers(statement: ParsedStatement): boolean {
  if (statement.place !== 'sent') return false;
  const { kind, node } = statement;
  return (
    'returningClause' in node ||
    'returningList' in node ||
    !/^(?:Alter|Create|Drop|Index|View|Grant|Do|Comment|Insert|Update|Delete|Truncate|Rename)/.test(
      kind,
    )
  );
}

function isCall(statement: ParsedStatement): boolean {
  if (!isKind(statement, 'SelectStmt')) return false;
  const { fromClause, targetList = [] }: SelectStmt = statement.node;
  const values = targetList.map((one) => ('ResTarget' in one ? one.ResTarget.val : undefined));
  return !fromClause && values.every((value) => value !== undefined && 'FuncCall' in value);
}

function* wayDown(
  migration: RecordedMigration,
  downs: readonly RecordedMigration[],
): Generator<Found> {
  const down = downs.find(({ name }) => name === migration.name);
  if (!down || migration.statements.length === 0) return;
  const facts = MIGRATION_FACTS.down;
  if (down.stoppedBy && !down.isDynamic) {
    yield { migration, facts, problem: `its way down throws: ${down.stoppedBy.message}` };
  } else if (down.statements.length === 0) {
    yield { migration, facts, problem: 'its way down sends nothing' };
  }
}

function* history(
  migration: RecordedMigration,
  all: readonly RecordedMigration[],
): Generator<Found> {
  const facts = MIGRATION_FACTS.history;
  const twin = all.find(
    (one) => one !== migration && one.timestamp === migration.timestamp && one.timestamp > 0,
  );
  if (twin) yield { migration, facts, problem: `it has the timestamp of ${twin.name}` };
  if (migration.timestamp > 0 && !WITH_TIMESTAMP.test(migration.name)) {
    yield { migration, facts, problem: 'its name does not end in its timestamp' };
  }
}
