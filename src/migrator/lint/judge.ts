import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { LocatedFinding, Severity } from './finding.js';
import type { IgnoreComment } from './ignores.js';
import type { BatchFacts } from './knowledge/batch-facts.js';
import { MigrationMemo } from './knowledge/migration-memo.js';
import { LintContext, isQuiet } from './lint-context.js';
import type { LintOptions } from './lint-options.js';
import { locate } from './locate.js';
import type { ParsedStatement } from './parsed-statement.js';
import { type Judgement, ANY_KIND, type Rule } from './rule.js';
import { RULES } from './rules/catalogue.js';

/** What a migration sends at once. */
export interface JudgedText {
  readonly migration: RecordedMigration;
  /** Which of the statements of the migration. */
  readonly at: number;
  readonly sql: string;
  readonly statements: readonly ParsedStatement[];
  readonly ignores: readonly IgnoreComment[];
  readonly isPending: boolean;
  /** Of its first statement, among all of the run. */
  readonly order: number;
}

/** A finding that still knows which of the statements of a text it is about. */
export type IndexedFinding = LocatedFinding & { readonly index: number };

const RULES_BY_KIND = byKind(RULES);

/** Shows every statement to every rule that wants to see it, in the order in which they run. */
export class Judge {
  private memo: MigrationMemo | undefined;

  constructor(
    private readonly facts: BatchFacts,
    private readonly options: LintOptions,
  ) {}

  learn({ migration, statements, isPending, order }: JudgedText): void {
    for (const [at, statement] of statements.entries()) {
      this.facts.learn(statement, { order: order + at, migration: migration.name, isPending });
    }
  }

  judge(text: JudgedText): IndexedFinding[] {
    const memo = this.memoOf(text.migration);
    const sent = text.statements.filter(({ place }) => place === 'sent').length;
    return text.statements.flatMap((statement, at) => {
      const order = text.order + at;
      const context = new LintContext(statement, order, this.facts, memo, this.options, sent);
      const found = [...this.ownFindings(text, context), ...this.customFindings(text, context)];
      memo.remember(statement, order);
      return found;
    });
  }

  private memoOf(migration: RecordedMigration): MigrationMemo {
    if (this.memo?.migration !== migration) {
      const { schema = this.facts.schema } = this.options;
      this.memo = new MigrationMemo(migration, schema, (table, order) =>
        isQuiet(this.facts, this.options, table, order, migration.name),
      );
    }
    return this.memo;
  }

  private *ownFindings(text: JudgedText, context: LintContext): Generator<IndexedFinding> {
    const { statement } = context;
    const rules = [
      ...(RULES_BY_KIND.get(statement.kind) ?? []),
      ...(RULES_BY_KIND.get(ANY_KIND) ?? []),
    ];
    for (const rule of rules) {
      const severity = this.severityOf(rule);
      if (!severity) continue;
      // A function that is only defined locks nothing yet, but what it would destroy is written down.
      if (statement.place === 'function' && rule.severity !== 'destructive') continue;
      for (const verdict of rule.judge(statement, context)) {
        const judgement = typeof verdict === 'string' ? { problem: verdict } : verdict;
        yield finding(text, statement, { ...rule, severity }, judgement);
      }
    }
  }

  private *customFindings(text: JudgedText, context: LintContext): Generator<IndexedFinding> {
    for (const rule of this.options.rules ?? []) {
      for (const one of rule(context.statement, context)) {
        const severity = this.severityOf({ id: one.rule, severity: one.severity });
        if (severity)
          yield finding(text, context.statement, { ...one, id: one.rule, severity }, one);
      }
    }
  }

  private severityOf({ id, severity }: Pick<Rule, 'id' | 'severity'>): Severity | undefined {
    const given = this.options.severities?.[id] ?? severity;
    return given === 'off' ? undefined : given;
  }
}

function finding(
  { migration, at, sql }: JudgedText,
  statement: ParsedStatement,
  { id, severity, mend, good }: Pick<Rule, 'id' | 'severity' | 'mend' | 'good'>,
  judgement: Judgement,
): IndexedFinding {
  const place = judgement.at === undefined ? statement.start : statement.offsetOf(judgement.at);
  return {
    rule: id,
    severity,
    migration: migration.name,
    statement: at,
    index: statement.index,
    sql: statement.sql,
    problem: judgement.problem,
    mend: judgement.mend ?? mend,
    ...locate(sql, place),
    ...(good === undefined || judgement.mend !== undefined ? {} : { good }),
  };
}

function byKind(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const kind of rule.on) found.set(kind, [...(found.get(kind) ?? []), rule]);
  }
  return found;
}
