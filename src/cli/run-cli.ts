import { readFileSync } from 'node:fs';
import { UsageError } from '../errors/usage.error.js';
import type { RowguardDataSource } from '../rowguard.data-source.js';
import type { CliHost } from './cli-host.js';
import type { Command } from './command.js';
import { asksForJson, type CommandLine, readCommandLine } from './command-line.js';
import { COMMANDS } from './commands.js';
import { ExitCode } from './exit-code.js';
import { commandHelp, globalHelp } from './help.js';
import { Output } from './output.js';

/** Runs one command line to its exit code; never throws, and never ends the process. */
export async function runCli(
  words: readonly string[],
  host: CliHost,
  commands: readonly Command[] = COMMANDS,
): Promise<ExitCode> {
  const started = performance.now();
  const { line, out, error } = prepare(words, host, commands);
  const exitCode = line ? await perform(line, out, host, commands) : out.fail(error);
  out.finish(line?.command?.name ?? null, exitCode, Math.round(performance.now() - started));
  return exitCode;
}

function prepare(
  words: readonly string[],
  host: CliHost,
  commands: readonly Command[],
): { line?: CommandLine; out: Output; error?: unknown } {
  try {
    const line = readCommandLine(words, host.environment, commands);
    const { json, quiet, verbose } = line.globals;
    return {
      line,
      out: new Output(host, { json, quiet, verbose, noColour: line.globals['no-color'] }),
    };
  } catch (error) {
    const json = asksForJson(words, host.environment);
    const noColour = words.includes('--no-color');
    return { out: new Output(host, { json, quiet: false, verbose: false, noColour }), error };
  }
}

async function perform(
  line: CommandLine,
  out: Output,
  host: CliHost,
  commands: readonly Command[],
): Promise<ExitCode> {
  const { command, globals } = line;
  if (globals.version) return show(out, packageVersion(), 'version');
  if (globals.help) {
    const text = command
      ? commandHelp(command, out.paint)
      : globalHelp(commands, packageVersion(), out.paint);
    return show(out, text, 'help');
  }
  return command ? runCommand(command, line, out, host) : out.fail(noCommand());
}

function show(out: Output, text: string, as: string): ExitCode {
  out.print(text);
  out.answer({ [as]: text });
  return ExitCode.Ok;
}

async function runCommand(
  command: Command,
  { globals, options, words }: CommandLine,
  out: Output,
  host: CliHost,
): Promise<ExitCode> {
  let opened: Promise<RowguardDataSource> | undefined;
  const dataSource = () => (opened ??= open(globals.dataSource, host, 'database'));
  const entitySource = () => (opened ??= open(globals.dataSource, host, 'entities'));
  const { directory, signal } = host;
  try {
    const run = command.run(
      { out, dataSource, entitySource, words, directory, signal },
      options as never,
    );
    return await Promise.race([run, interruption(host.signal)]);
  } catch (error) {
    if (!isSignal(error)) return out.fail(error);
    out.warn('stopped by a signal');
    return error;
  } finally {
    const closing = close(opened);
    if (!host.signal.aborted) await closing;
  }
}

/** Imported when it is needed: the help has to appear before TypeORM could be loaded. */
async function open(
  file: string | undefined,
  host: CliHost,
  needs: 'database' | 'entities',
): Promise<RowguardDataSource> {
  const { openDataSource, openEntitySource } = await import('./open-data-source.js');
  return needs === 'entities' ? openEntitySource(file, host) : openDataSource(file, host);
}

async function close(opened: Promise<RowguardDataSource> | undefined): Promise<void> {
  const source = await opened?.catch(() => undefined);
  if (source?.isInitialized) await source.destroy().catch(() => undefined);
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function isSignal(reason: unknown): reason is ExitCode {
  return reason === ExitCode.Interrupted || reason === ExitCode.Terminated;
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function noCommand(): UsageError {
  return new UsageError({
    problem: 'No command is given',
    mend: 'Run rowguard --help to see all commands',
  });
}
