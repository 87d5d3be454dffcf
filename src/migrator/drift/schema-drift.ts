import type { Finding } from '../../schema/finding.js';
import type { SchemaSnapshot } from '../shadow/schema-snapshot.js';

interface Difference {
  readonly part: string;
  readonly said: string;
  readonly subject: string;
  readonly isMissing: boolean;
}

/** Parts whose names hold a space, before the others. */
const PARTS = /^(event trigger|default grants|[a-z]+) ([^]*)$/;
/** What depends on the version or the set-up of a server, and on nothing that anybody declared. */
const OF_THE_SERVER = /^(?:schema|default grants|statistics) |^constraint \S+ \S+ NOT NULL /;
/** Before 16 every column in a view is printed with its table. */
const QUALIFIER = /(?:\b[A-Za-z_]\w*|"[^"]+")\.(?=[\w"])/g;
const RIGHT_SINCE_17 = / ?\S+=MAINTAIN\*?/g;

/** What a live schema has or lacks, against one that was made as declared. */
export function schemaDrift(
  declared: SchemaSnapshot,
  live: SchemaSnapshot,
  leftOut: readonly string[],
): Finding[] {
  const wanted = comparableLines(declared, leftOut);
  const found = comparableLines(live, leftOut);
  const differences = [
    ...missingFrom(wanted, found, true),
    ...missingFrom(found, wanted, false).filter(({ part }) => part !== 'extension'),
  ];
  const wholes = differences.filter(({ part }) => part === 'relation');
  const isPartOfWhole = (one: Difference) =>
    one.part !== 'relation' &&
    wholes.some(
      (whole) =>
        whole.isMissing === one.isMissing &&
        !isOtherwise(whole, wholes) &&
        concerns(one.said, whole.subject),
    );
  return differences.filter((one) => !isPartOfWhole(one)).map(findingOf);
}

/** What is there, but not in force. */
export function unfinishedWork(live: SchemaSnapshot): Finding[] {
  return live.lines.flatMap((line) => {
    if (/^index .* invalid(?: clustered)?$/s.test(line)) return [invalidIndex(line)];
    if (/^constraint .* not validated$/s.test(line)) return [notValidated(line)];
    return [];
  });
}

function comparableLines(snapshot: SchemaSnapshot, leftOut: readonly string[]): string[] {
  return snapshot
    .withoutTooling()
    .withoutPositions()
    .lines.concat(snapshot.lines.filter((line) => line.startsWith('extension ')))
    .filter((line) => !OF_THE_SERVER.test(line))
    .filter((line) => !leftOut.some((name) => concerns(line, name)))
    .map((line) => (line.startsWith('extension ') ? line.replace(/ \S+$/, '') : line))
    .map((line) => (line.startsWith('view ') ? line.replaceAll(QUALIFIER, '') : line))
    .map((line) => line.replaceAll(RIGHT_SINCE_17, ''));
}

function missingFrom(
  lines: readonly string[],
  other: readonly string[],
  isMissing: boolean,
): Difference[] {
  const known = new Set(other);
  return lines
    .filter((line) => !known.has(line))
    .map((line) => {
      const [, part = '', said = ''] = PARTS.exec(line) ?? [];
      return { part, said, subject: subjectOf(part, said), isMissing };
    });
}

function subjectOf(part: string, said: string): string {
  if (part === 'index') return / INDEX (\S+) /.exec(said)?.[1] ?? said;
  if (part === 'trigger') return / TRIGGER (\S+) /.exec(said)?.[1] ?? said;
  if (part === 'function') return said.slice(0, said.indexOf(')') + 1);
  return said.split(' ')[0] ?? said;
}

/** It is on both sides, and differs: its parts are told one by one. */
function isOtherwise(whole: Difference, wholes: readonly Difference[]): boolean {
  return wholes.some((one) => one.subject === whole.subject && one.isMissing !== whole.isMissing);
}

function concerns(line: string, name: string): boolean {
  const escaped = name.replaceAll(/[^\w]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`).test(line);
}

function findingOf({ part, subject, said, isMissing }: Difference): Finding {
  return {
    rule: `drift-${part.replace(' ', '-')}`,
    severity: 'error',
    subject,
    problem: isMissing
      ? `the ${part} is not there as it is declared: ${said}`
      : `the ${part} is declared nowhere: ${said}`,
    mend: [],
    advice: isMissing
      ? 'Bring it back, or declare what is there in a migration'
      : 'Declare it in a migration, or drop it',
  };
}

function invalidIndex(line: string): Finding {
  const name = / INDEX (\S+) /.exec(line)?.[1] ?? line;
  return {
    rule: 'index-invalid',
    severity: 'error',
    subject: name,
    problem: 'the index was never finished: it slows writes down and serves no read',
    mend: [`REINDEX INDEX CONCURRENTLY ${name}`],
    advice: undefined,
  };
}

function notValidated(line: string): Finding {
  const [, table = '', name = ''] = line.split(' ');
  return {
    rule: 'constraint-not-validated',
    severity: 'warning',
    subject: `${table}.${name}`,
    problem: 'rows from before the constraint were never looked at',
    mend: [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`],
    advice: undefined,
  };
}
