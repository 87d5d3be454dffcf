import { UsageError } from '../../errors/usage.error.js';
import { SEVERITIES, type Severity } from '../../migrator/lint/finding.js';
import { LINT_FORMATS, type LintFormat } from '../../migrator/lint/formats/lint-format.js';
import { suggestion } from '../suggestion.js';

const NONE = 'none';
const LETTERS: Readonly<Record<string, Severity>> = {
  D: 'destructive',
  B: 'blocks',
  I: 'breaks',
  F: 'fails',
  S: 'style',
};

export function formatOf(given: string | undefined): LintFormat {
  const format = LINT_FORMATS.find((one) => one === (given ?? 'tty'));
  if (format) return format;
  throw unknown('format', given ?? '', LINT_FORMATS);
}

/** The severities that block; several may stand in one value, with commas between. */
export function failOn(given: readonly string[]): ReadonlySet<Severity> {
  const words = given.flatMap((one) => one.split(',')).map((one) => one.trim());
  if (words.length === 0) return new Set(SEVERITIES.filter((one) => one !== 'style'));
  if (words.length === 1 && words[0] === NONE) return new Set();
  return new Set(
    words.map((word) => {
      const severity = LETTERS[word.toUpperCase()] ?? SEVERITIES.find((one) => one === word);
      if (severity) return severity;
      throw unknown('severity', word, [...SEVERITIES, NONE]);
    }),
  );
}

function unknown(what: string, given: string, known: readonly string[]): UsageError {
  const near = suggestion(given, known);
  return new UsageError({
    problem: `The ${what} ${JSON.stringify(given)} is not known`,
    mend: `${near ? `Did you mean ${near}? ` : ''}There are ${known.join(', ')}`,
  });
}
