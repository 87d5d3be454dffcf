import { printable } from '../../../errors/printable.js';
import type { LocatedFinding } from '../finding.js';
import type { FormatInput } from './lint-format.js';

/** For the comment of a pull request. */
export function lintMarkdown({ report, placeOf }: FormatInput): string {
  const { findings, migrations, statements } = report;
  const head = `### Migrations: ${findings.length} findings in ${migrations} migrations, ${statements} statements`;
  if (findings.length === 0) return head;
  const rows = findings.map((one) => {
    const place = placeOf(one);
    const where = place ? `${place.file}:${place.line}` : `${one.migration}, ${one.statement + 1}`;
    return `| ${[one.rule, one.severity, where, one.problem, one.mend].map(cell).join(' | ')} |`;
  });
  return [
    head,
    '',
    '| rule | severity | where | problem | instead |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...details(findings),
  ].join('\n');
}

function details(findings: readonly LocatedFinding[]): readonly string[] {
  const statements = [...new Set(findings.map(({ sql }) => sql))].filter(Boolean);
  const fence = '`'.repeat(Math.max(3, longestTicks(statements) + 1));
  return [
    '',
    '<details><summary>The statements</summary>',
    '',
    ...statements.flatMap((sql) => [`${fence}sql`, sql, fence, '']),
    '</details>',
  ];
}

function longestTicks(texts: readonly string[]): number {
  const runs = texts.flatMap((text) => text.match(/`+/g) ?? []);
  return Math.max(0, ...runs.map(({ length }) => length));
}

function cell(text: string): string {
  return printable(text).replaceAll(/[\\|<>`*_]/g, (sign) => `\\${sign}`);
}
