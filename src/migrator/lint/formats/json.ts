import type { FormatInput } from './lint-format.js';

/** The same findings as data, for programs. */
export function lintJson({ report, placeOf }: FormatInput): string {
  const findings = report.findings.map((finding) => {
    const { lineText: _, ...rest } = finding;
    const place = placeOf(finding);
    return place ? { ...rest, file: place.file, fileLine: place.line } : rest;
  });
  return JSON.stringify({ ...report, findings }, null, 2);
}
