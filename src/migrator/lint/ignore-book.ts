import type { RecordedMigration } from '../recording/recorded-migration.js';
import type { LocatedFinding } from './finding.js';
import type { IgnoreComment } from './ignores.js';
import type { IndexedFinding, JudgedText } from './judge.js';
import type { LintOptions } from './lint-options.js';
import { locate } from './locate.js';
import { MIGRATION_FACTS } from './rules/migration-facts.js';

interface Entry {
  readonly migration: string;
  readonly rule: string;
  readonly reason: string;
  readonly comment?: IgnoreComment;
  readonly text?: JudgedText;
  used: boolean;
}

/** Who said that which finding may stay, and whether anybody needed it. */
export class IgnoreBook {
  private readonly entries: Entry[];

  constructor(
    private readonly options: LintOptions,
    judged: readonly RecordedMigration[],
  ) {
    const names = new Set(judged.map(({ name }) => name));
    this.entries = (options.ignores ?? [])
      .filter(({ migration }) => names.has(migration))
      .map((one) => ({ ...one, reason: one.reason.trim(), used: false }));
  }

  note(text: JudgedText): void {
    const migration = text.migration.name;
    for (const comment of text.ignores) {
      const { rule, reason } = comment;
      this.entries.push({ migration, rule, reason, comment, text, used: false });
    }
  }

  withoutIgnored(found: readonly IndexedFinding[]): LocatedFinding[] {
    const left = found.flatMap((one) => {
      const entry = this.entries.find((candidate) => matches(candidate, one));
      const { index: _, ...finding } = one;
      if (!entry) return [finding];
      entry.used = true;
      return this.excuses(one) ? [] : [{ ...finding, explained: entry.reason }];
    });
    return [...left, ...this.complaints()];
  }

  /** What destroys needs the approval of a person, whatever a comment says. */
  private excuses({ severity }: LocatedFinding): boolean {
    return severity !== 'destructive' || this.options.destructive === 'ignorable';
  }

  private complaints(): LocatedFinding[] {
    return this.entries.flatMap((entry) => {
      if (entry.used) return [];
      const facts = entry.reason === '' ? MIGRATION_FACTS.reasonless : MIGRATION_FACTS.unused;
      const severity = this.options.severities?.[facts.id] ?? facts.severity;
      if (severity === 'off') return [];
      const problem = entry.reason === '' ? 'gives no reason, and does nothing' : 'is not needed';
      const { sql = '', at = 0 } = entry.text ?? {};
      return {
        rule: facts.id,
        severity,
        migration: entry.migration,
        statement: at,
        sql,
        problem: `the ignore of ${entry.rule} ${problem}`,
        mend: facts.mend,
        ...locate(sql, entry.comment?.start ?? 0),
      };
    });
  }
}

function matches(entry: Entry, { rule, migration, statement, index }: IndexedFinding): boolean {
  if (entry.reason === '' || entry.rule !== rule || entry.migration !== migration) return false;
  return !entry.comment || (entry.text?.at === statement && entry.comment.index === index);
}
