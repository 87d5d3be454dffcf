import type { RecordedMigration } from '../recording/recorded-migration.js';
import { checkLintOptions, isHistory } from './check-lint-options.js';
import type { LocatedFinding } from './finding.js';
import { IgnoreBook } from './ignore-book.js';
import { ignoreComments } from './ignores.js';
import { type JudgedText, Judge } from './judge.js';
import { BatchFacts } from './knowledge/batch-facts.js';
import type { LintOptions } from './lint-options.js';
import { migrationFindings } from './migration-findings.js';
import { loadParser } from './parser.js';
import { DEFAULT_SCHEMA } from './reading/names.js';
import { readStatements } from './reading/read-statements.js';

export interface LintReport {
  readonly findings: readonly LocatedFinding[];
  readonly migrations: number;
  readonly statements: number;
}

/** The same as lintMigrations, with the place of each finding to the character. */
export async function lintReport(
  given: readonly RecordedMigration[],
  options: LintOptions = {},
): Promise<LintReport> {
  checkLintOptions(given, options);
  const ups = given.filter(({ direction }) => direction === 'up');
  const batch = ups.length > 0 ? ups : given;
  if (batch.length === 0) return { findings: [], migrations: 0, statements: 0 };
  const texts = await readAll(batch, options);
  const facts = new BatchFacts(options.schema ?? DEFAULT_SCHEMA);
  const judge = new Judge(facts, options);
  for (const text of texts) judge.learn(text);
  const pending = texts.filter(({ isPending }) => isPending);
  const judged = batch.filter((one) => !isHistory(one, given, options));
  const downs = ups.length > 0 ? given.filter(({ direction }) => direction === 'down') : [];
  const book = new IgnoreBook(options, judged);
  for (const text of pending) book.note(text);
  const found = [
    ...pending.flatMap((text) => judge.judge(text)),
    ...migrationFindings(judged, downs, texts, options),
  ];
  const order = new Map(judged.map(({ name }, at) => [name, at]));
  const findings = book
    .withoutIgnored(found)
    .toSorted(
      (one, other) =>
        (order.get(one.migration) ?? 0) - (order.get(other.migration) ?? 0) ||
        one.statement - other.statement ||
        one.line - other.line,
    );
  const statements = pending.reduce((sum, text) => sum + sentBy(text), 0);
  return { findings, migrations: judged.length, statements };
}

async function readAll(
  batch: readonly RecordedMigration[],
  options: LintOptions,
): Promise<readonly JudgedText[]> {
  const parser = await loadParser();
  let order = 0;
  return batch.flatMap((migration) =>
    migration.statements.map(({ sql }, at) => {
      const statements = readStatements(parser, sql);
      const isPending = !isHistory(migration, batch, options);
      const ignores = isPending ? ignoreComments(parser, sql, statements) : [];
      const text = { migration, at, sql, statements, ignores, isPending, order };
      order += statements.length + 1;
      return text;
    }),
  );
}

function sentBy({ statements }: JudgedText): number {
  return statements.filter(({ place }) => place === 'sent').length;
}
