import { printable } from '../../../errors/printable.js';
import type { LocatedFinding, Severity } from '../finding.js';
import type { Colour, FormatInput, Paint, PlaceOf } from './lint-format.js';

const COLOURS: Readonly<Record<Severity, Colour>> = {
  destructive: 'red',
  blocks: 'red',
  breaks: 'yellow',
  fails: 'yellow',
  style: 'dim',
};
const WIDEST = 160;

/** For a person at a terminal: what is wrong, where, why, and what to send instead. */
export function lintText({ report, placeOf, paint }: FormatInput): string {
  const blocks = report.findings.map((one) => block(one, placeOf, paint));
  return [...blocks, summary(report, paint)].join('\n\n');
}

function block(finding: LocatedFinding, placeOf: PlaceOf, paint: Paint): string {
  const { rule, severity, migration, statement, line, problem, mend, good, explained } = finding;
  const place = placeOf(finding);
  const where = place
    ? `${place.file}:${place.line}`
    : `${migration}, statement ${statement + 1}, line ${line}`;
  return [
    `${paint(COLOURS[severity], `${rule} ${severity}`)}  ${paint('bold', printable(where))}`,
    `  ${printable(problem)}`,
    ...pointer(finding, paint),
    ...(explained === undefined ? [] : [`  explained: ${printable(explained)}`]),
    `  instead: ${printable(mend)}`,
    ...(good === undefined ? [] : [`  good:    ${paint('green', good)}`]),
  ].join('\n');
}

/** The line with a caret below; of a long one the part around it. */
function pointer({ lineText, column }: LocatedFinding, paint: Paint): readonly string[] {
  if (lineText.trim() === '') return [];
  const from = Math.max(0, Math.min(column - 1 - WIDEST / 2, lineText.length - WIDEST));
  const shown = printable(lineText.slice(from, from + WIDEST));
  const caret = ' '.repeat(Math.max(column - 1 - from, 0));
  return [`  bad:     ${shown}`, `           ${caret}${paint('red', '^')}`];
}

function summary({ findings, migrations, statements }: FormatInput['report'], paint: Paint) {
  const judged = `${migrations} migrations, ${statements} statements`;
  if (findings.length === 0) return `${paint('green', 'nothing found')} in ${judged}`;
  const counts = new Map<Severity, number>();
  for (const { severity } of findings) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const told = [...counts].map(([severity, count]) => `${count} ${severity}`);
  return `${told.join(', ')} in ${judged}`;
}
