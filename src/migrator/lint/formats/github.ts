import type { FormatInput } from './lint-format.js';

/** Annotations that GitHub shows beside the lines of a pull request. */
export function lintGithub({ report, placeOf }: FormatInput): string {
  return report.findings
    .map((finding) => {
      const { rule, severity, migration, problem, mend } = finding;
      const place = placeOf(finding);
      const properties = Object.entries({
        ...(place ? { file: place.file, line: String(place.line) } : {}),
        title: `${rule} ${severity}: ${migration}`,
      }).map(([key, value]) => `${key}=${property(value)}`);
      const kind = severity === 'style' ? 'warning' : 'error';
      return `::${kind} ${properties.join(',')}::${message(`${problem}. ${mend}`)}`;
    })
    .join('\n');
}

function message(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
