import { parseArgs } from 'node:util';
import { UsageError } from '../errors/usage.error.js';
import type { CliHost } from './cli-host.js';
import type { Command } from './command.js';
import {
  GLOBAL_OPTIONS,
  type GlobalValues,
  type OptionSpec,
  type OptionSpecs,
  variableOf,
} from './option.js';
import { suggestion } from './suggestion.js';

type Environment = CliHost['environment'];
type Value = string | boolean | readonly string[] | undefined;
type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

export interface CommandLine {
  readonly command: Command | undefined;
  readonly globals: GlobalValues;
  readonly options: Readonly<Record<string, Value>>;
  readonly words: readonly string[];
}

const HELP = 'help';
const SWITCHES: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
};

/** Reads the words after `rowguard` and the variables that stand in for flags. */
export function readCommandLine(
  words: readonly string[],
  environment: Environment,
  commands: readonly Command[],
): CommandLine {
  const everyOption = Object.assign({}, ...commands.map((one) => one.options), GLOBAL_OPTIONS);
  const positionals = tokensOf(words, everyOption).flatMap((token) =>
    token.kind === 'positional' ? [token.value] : [],
  );
  const asksHelp = positionals[0] === HELP;
  const [name, ...rest] = joined(asksHelp ? positionals.slice(1) : positionals, commands);
  const command = name === undefined ? undefined : commandNamed(name, commands);
  const specs: OptionSpecs = { ...command?.options, ...GLOBAL_OPTIONS };
  const given = valuesOf(tokensOf(words, specs), specs, command);
  // After the flags: the value of a misspelt flag looks like a word too many.
  const most = command?.words?.most ?? 0;
  if (rest.length > most) throw tooManyWords(rest.slice(most), command);
  const values = Object.fromEntries(
    Object.entries(specs).map(([option, spec]) => [
      option,
      given.get(option) ?? fromEnvironment(option, spec, environment) ?? absent(spec),
    ]),
  );
  const globals = { ...values, ...(asksHelp ? { help: true } : {}) } as unknown as GlobalValues;
  return { command, globals, options: values, words: rest };
}

/** `citus plan` is `citus:plan`. */
function joined(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first, second, ...rest] = words;
  const name = `${first}:${second}`;
  return commands.some((one) => one.name === name) ? [name, ...rest] : words;
}

/** Before the line is known to be right: an error has to come out in the form that was asked for. */
export function asksForJson(words: readonly string[], environment: Environment): boolean {
  const flag = words.findLast((word) => /^--json(=|$)/.test(word));
  if (flag !== undefined) return SWITCHES[flag.slice('--json='.length).toLowerCase()] ?? true;
  return SWITCHES[(environment[variableOf('json')] ?? '').toLowerCase()] ?? false;
}

/** Not strict: the messages of parseArgs name neither the command nor what was probably meant. */
function tokensOf(words: readonly string[], specs: OptionSpecs): Token[] {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [
      name,
      short ? { type, short } : { type },
    ]),
  );
  return parseArgs({ args: [...words], options, strict: false, tokens: true }).tokens;
}

function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((one) => one.name === name);
  if (found) return found;
  throw unknown(
    `The command ${JSON.stringify(name)}`,
    suggestion(
      name,
      commands.map((one) => one.name),
    ),
    undefined,
  );
}

function valuesOf(
  tokens: readonly Token[],
  specs: OptionSpecs,
  command: Command | undefined,
): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) {
      const near = suggestion(token.name, Object.keys(specs));
      throw unknown(`The flag ${token.rawName}`, near && `--${near}`, command);
    }
    const value = spec.type === 'boolean' ? switchOf(token) : textOf(token, spec);
    const before = values.get(token.name);
    values.set(
      token.name,
      spec.multiple ? [...((before as string[] | undefined) ?? []), value as string] : value,
    );
  }
  return values;
}

function switchOf(token: OptionToken): boolean {
  return token.value === undefined ? true : asSwitch(token.rawName, token.value);
}

function textOf(token: OptionToken, spec: OptionSpec): string {
  const { value, rawName } = token;
  const looksLikeFlag = !token.inlineValue && value !== undefined && /^-./.test(value);
  if (value !== undefined && value !== '' && !looksLikeFlag) return value;
  throw new UsageError({
    problem: `The flag ${rawName} needs a value`,
    mend: `Write ${rawName} ${spec.placeholder ?? '<value>'}${looksLikeFlag ? `, or --${token.name}=${value} where the value begins with a dash` : ''}`,
  });
}

function fromEnvironment(option: string, spec: OptionSpec, environment: Environment): Value {
  if (spec.onlyFlag) return undefined;
  const variable = variableOf(option);
  const text = environment[variable]?.trim();
  if (text === undefined || text === '') return undefined;
  if (spec.type === 'boolean') return asSwitch(variable, text);
  return spec.multiple ? text.split(',').map((part) => part.trim()) : text;
}

function asSwitch(name: string, text: string): boolean {
  const value = SWITCHES[text.toLowerCase()];
  if (value !== undefined) return value;
  throw new UsageError({
    problem: `${name} is either on or off (given: ${JSON.stringify(text.slice(0, 60))})`,
    mend: 'Write true or false, or leave the value out',
  });
}

function absent(spec: OptionSpec): Value {
  if (spec.type === 'boolean') return false;
  return spec.multiple ? [] : undefined;
}

function tooManyWords(words: readonly string[], command: Command | undefined): UsageError {
  return new UsageError({
    problem: `${command?.name ?? 'rowguard'} takes no further words (given: ${words.map((word) => JSON.stringify(word)).join(', ')})`,
    mend: `Run rowguard ${command ? `${command.name} ` : ''}--help to see what it takes`,
  });
}

function unknown(what: string, near: string | undefined, command: Command | undefined): UsageError {
  const help = `rowguard ${command ? `${command.name} ` : ''}--help`;
  return new UsageError({
    problem: `${what} does not exist`,
    mend: near ? `Did you mean ${near}? Run ${help} to see all` : `Run ${help} to see all`,
  });
}
