import type { LocatedFinding } from '../finding.js';
import type { LintReport } from '../lint-report.js';

export const LINT_FORMATS = ['tty', 'json', 'sarif', 'github', 'markdown'] as const;

export type LintFormat = (typeof LINT_FORMATS)[number];

/** Where a finding is in the files of the project, as far as that is known. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

export type PlaceOf = (finding: LocatedFinding) => SourcePlace | undefined;

export type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

export type Paint = (colour: Colour, text: string) => string;

export interface FormatInput {
  readonly report: LintReport;
  readonly placeOf: PlaceOf;
  readonly paint: Paint;
  readonly version: string;
}
