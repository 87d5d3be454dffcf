import type { CliHost } from '../../src/cli/cli-host.js';
import type { Command } from '../../src/cli/command.js';
import { runCli } from '../../src/cli/run-cli.js';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly forbadeColours: boolean;
}

export interface CliSurroundings {
  readonly environment?: Record<string, string>;
  readonly directory?: string;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
  readonly commands?: readonly Command[];
  /** Told of what goes to stdout while the command still runs. */
  readonly onWrite?: (text: string) => void;
}

/** One command line inside this process, with what it wrote. */
export async function cli(words: readonly string[], given: CliSurroundings = {}): Promise<CliRun> {
  const written = { stdout: '', stderr: '', forbadeColours: false };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: given.isTerminal ?? false,
    write: (text: string) => {
      written[name] += text;
      if (name === 'stdout') given.onWrite?.(text);
    },
  });
  const host: CliHost = {
    environment: given.environment ?? {},
    directory: given.directory ?? process.cwd(),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: given.signal ?? new AbortController().signal,
    forbidColours: () => (written.forbadeColours = true),
  };
  const exitCode = await runCli(words, host, given.commands);
  return { exitCode, ...written };
}
