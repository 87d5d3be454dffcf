import { UsageError } from '../errors/usage.error.js';
import type { Diagram } from '../schema/diagram/diagram.js';
import type { Finding } from '../schema/finding.js';
import { defineCommand } from './command.js';
import { ExitCode } from './exit-code.js';
import type { Output } from './output.js';
import { suggestion } from './suggestion.js';

const FORMATS = ['mermaid', 'dbml', 'json'] as const;
type Format = (typeof FORMATS)[number];

export const schemaDiagram = defineCommand({
  name: 'schema:diagram',
  summary: 'Draw the tables as Mermaid, DBML or JSON; needs no database',
  options: {
    format: {
      type: 'string',
      placeholder: '<mermaid|dbml|json>',
      summary: 'What to draw in (default: mermaid)',
    },
    domain: {
      type: 'string',
      placeholder: '<name>',
      summary: 'Only the tables of this shipped domain, or own: those of the application itself',
    },
    out: { type: 'string', placeholder: '<file>', summary: 'Write it into this file' },
    check: { type: 'boolean', summary: 'Write nothing; exit 3 if the file of --out differs' },
  },
  examples: [
    { line: 'rowguard schema:diagram --domain billing', says: 'Print the tables of one domain' },
    {
      line: 'rowguard schema:diagram --format dbml --out schema.dbml',
      says: 'Write all tables of the data source, for dbdiagram.io',
    },
    {
      line: 'rowguard schema:diagram --format dbml --out schema.dbml --check',
      says: 'For a pipeline; exits 3 when the file is out of date',
    },
  ],
  async run({ out, entitySource, directory }, given) {
    const format = formatOf(given.format);
    if (given.check && given.out === undefined) throw nothingToCheck();
    const [{ buildDiagram }, { diagramChoice, noTables }] = await Promise.all([
      import('../schema/diagram/build-diagram.js'),
      import('./diagram-domains.js'),
    ]);
    const choice = diagramChoice(given.domain);
    const diagram = buildDiagram(await (await entitySource()).describe(), choice);
    if (diagram.tables.length === 0) throw noTables(given.domain);
    const text = await render(diagram, format);
    const drawn = { format, domain: given.domain ?? null, tables: diagram.tables.length };
    if (given.out === undefined) {
      return show(out, text, { ...drawn, diagram: format === 'json' ? diagram : text });
    }
    const file = await diagramFile(given.out, directory);
    const isCurrent = file.text === `${text}\n`;
    const stale = given.check && !isCurrent;
    if (!given.check && !isCurrent) await file.write(`${text}\n`);
    out.answer({ ...drawn, file: given.out, isCurrent }, stale ? [staleFinding(given.out)] : []);
    out.print(`${given.out}: ${said(given.check, isCurrent)}`);
    return stale ? ExitCode.Found : ExitCode.Ok;
  },
});

function show(out: Output, text: string, answer: object): ExitCode {
  out.print(text);
  out.answer(answer);
  return ExitCode.Ok;
}

function said(isCheck: boolean, isCurrent: boolean): string {
  if (isCurrent) return 'up to date';
  return isCheck ? 'out of date; run the same without --check' : 'written';
}

async function render(diagram: Diagram, format: Format): Promise<string> {
  if (format === 'json') return JSON.stringify(diagram, null, 2);
  if (format === 'dbml') return (await import('../schema/diagram/dbml.js')).toDbml(diagram);
  return (await import('../schema/diagram/mermaid.js')).toMermaid(diagram);
}

interface DiagramFile {
  /** Undefined where there is no such file. */
  readonly text: string | undefined;
  write(text: string): Promise<void>;
}

async function diagramFile(name: string, directory: string): Promise<DiagramFile> {
  const [files, paths] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const path = paths.resolve(directory, name);
  const text = await files.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannotUse(name, error);
  });
  return {
    text,
    write: (changed) =>
      files.writeFile(path, changed).catch((error: Error) => {
        throw cannotUse(name, error);
      }),
  };
}

function formatOf(given: string | undefined): Format {
  const format = FORMATS.find((one) => one === (given ?? 'mermaid'));
  if (format) return format;
  const near = suggestion(given ?? '', FORMATS);
  throw new UsageError({
    problem: `The format ${JSON.stringify(given)} is not known`,
    mend: `${near ? `Did you mean ${near}? ` : ''}There are ${FORMATS.join(', ')}`,
  });
}

function nothingToCheck(): UsageError {
  return new UsageError({
    problem: '--check was given without a file to check',
    mend: 'Name the file with --out',
  });
}

function cannotUse(name: string, cause: Error): UsageError {
  return new UsageError({
    problem: `The file ${name} can be neither read nor written: ${cause.message}`,
    mend: 'Name another file with --out, in a folder that exists',
    cause,
  });
}

function staleFinding(file: string): Finding {
  return {
    rule: 'diagram-stale',
    severity: 'error',
    subject: file,
    problem: 'the drawing differs from the entities',
    mend: [],
    advice: 'Run the same command without --check',
  };
}
