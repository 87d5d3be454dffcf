import type { LocatedFinding, Severity } from '../../migrator/lint/finding.js';
import type { Finding } from '../../schema/finding.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { failOn, formatOf } from './lint-flags.js';

export const migrationLint = defineCommand({
  name: 'migration:lint',
  summary:
    'Judge what migrations would do to data, locks and the running release; needs no database',
  words: { placeholder: '[files]', most: 1_000 },
  options: {
    format: {
      type: 'string',
      placeholder: '<tty|json|sarif|github|markdown>',
      summary: 'How to say it (default: tty)',
    },
    'fail-on': {
      type: 'string',
      multiple: true,
      placeholder: '<severity>',
      summary:
        'Exit 4 on these: destructive, blocks, breaks, fails, style, or their letters D, B, I, F, S; none (default: all but style)',
    },
    since: {
      type: 'string',
      placeholder: '<git-ref>',
      summary: 'Judge only what was added or changed since; those run as one batch',
    },
    batch: {
      type: 'boolean',
      summary: 'Judge all as one batch, as a database without any of them gets them',
    },
  },
  examples: [
    { line: 'rowguard migration:lint', says: 'Judge each migration of ./dist/data-source.js' },
    {
      line: 'rowguard migration:lint --since origin/main --format github',
      says: 'For a pull request',
    },
    {
      line: 'rowguard migration:lint db/*.sql --fail-on D',
      says: 'Files of SQL; exit 4 on data loss alone',
    },
  ],
  async run({ out, entitySource, words, directory }, given) {
    const format = formatOf(given.format);
    const severities = failOn(given['fail-on']);
    const { lintTarget } = await import('./lint-target.js');
    const target = await lintTarget(entitySource, words, directory, {
      since: given.since,
      asOneBatch: given.batch,
    });
    const { lintReport } = await import('../../migrator/lint/lint-report.js');
    const { formatted } = await import('../../migrator/lint/formats/formatted.js');
    const report = await lintReport(target.migrations, target.options);
    const { packageVersion } = await import('./package-version.js');
    const input = { report, placeOf: target.placeOf, version: packageVersion() };
    out.print(
      formatted(format, { ...input, paint: format === 'tty' ? out.paint : (_, text) => text }),
    );
    out.answer({ ...report, format }, report.findings.map(asFinding));
    const blocks = report.findings.some(({ severity }) => severities.has(severity));
    return blocks ? ExitCode.Blocked : ExitCode.Ok;
  },
});

/** As the other commands tell theirs. */
function asFinding({
  rule,
  severity,
  migration,
  statement,
  problem,
  mend,
}: LocatedFinding): Finding {
  const isStyle: boolean = severity === ('style' satisfies Severity);
  return {
    rule,
    severity: isStyle ? 'warning' : 'error',
    subject: `${migration}#${statement}`,
    problem,
    mend: [],
    advice: mend,
  };
}
