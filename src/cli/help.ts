import type { Paint } from './colours.js';
import type { Command } from './command.js';
import { EXIT_CODE_MEANINGS } from './exit-code.js';
import { GLOBAL_OPTIONS, type OptionSpecs, variableOf } from './option.js';

type Row = readonly [string, string];

export function globalHelp(commands: readonly Command[], version: string, paint: Paint): string {
  return page([
    `${paint('bold', 'rowguard')} ${version}: looks after the database of a multi-tenant application`,
    section('Usage', ['  rowguard <command> [flags]'], paint),
    section('Commands', table(commands.map(({ name, summary }) => [name, summary])), paint),
    section('Flags', table(optionRows(GLOBAL_OPTIONS)), paint),
    section(
      'Examples',
      commands.flatMap((one) => exampleLines(one, paint)),
      paint,
    ),
    section('Exit codes', table(Object.entries(EXIT_CODE_MEANINGS)), paint),
    'Each flag is also read from the environment, for example ROWGUARD_DATA_SOURCE; the flag wins.',
  ]);
}

export function commandHelp(command: Command, paint: Paint): string {
  const own = optionRows(command.options);
  return page([
    `${paint('bold', `rowguard ${command.name}`)}: ${command.summary}`,
    section(
      'Usage',
      [`  rowguard ${command.name}${command.words ? ` ${command.words.placeholder}` : ''} [flags]`],
      paint,
    ),
    ...(own.length > 0 ? [section(`Flags of ${command.name}`, table(own), paint)] : []),
    section('Flags', table(optionRows(GLOBAL_OPTIONS)), paint),
    section('Examples', exampleLines(command, paint), paint),
  ]);
}

function optionRows(specs: OptionSpecs): Row[] {
  return Object.entries(specs).map(([name, spec]) => [
    `${spec.short ? `-${spec.short}, ` : '    '}--${name}${spec.placeholder ? ` ${spec.placeholder}` : ''}`,
    spec.onlyFlag ? spec.summary : `${spec.summary} [${variableOf(name)}]`,
  ]);
}

function exampleLines(command: Command, paint: Paint): string[] {
  return command.examples.flatMap(({ line, says }) => [`  ${line}`, `      ${paint('dim', says)}`]);
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

function section(title: string, lines: readonly string[], paint: Paint): string {
  return [paint('bold', `${title}:`), ...lines].join('\n');
}

function page(parts: readonly string[]): string {
  return parts.join('\n\n');
}
