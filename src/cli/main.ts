#!/usr/bin/env node
import type { CliHost } from './cli-host.js';
import { ExitCode } from './exit-code.js';
import { redacted } from './redaction.js';
import { runCli } from './run-cli.js';

const GRACE_MS = 3_000;

const controller = new AbortController();
for (const [signal, code] of [
  ['SIGINT', ExitCode.Interrupted],
  ['SIGTERM', ExitCode.Terminated],
] as const) {
  // Once: whoever presses Ctrl+C a second time does not want to wait.
  process.once(signal, () => controller.abort(code));
}

// Stdout belongs to the answer. What else is printed, by Nest's logger, by the logging of TypeORM or
// by the data source file, goes aside, so that the answer can be piped.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
// A reader such as `head` may leave early.
process.stdout.on('error', () => undefined);

const host: CliHost = {
  environment: process.env,
  directory: process.cwd(),
  stdout: { write: (text) => answer(text), isTTY: process.stdout.isTTY },
  stderr: { write: (text) => process.stderr.write(text), isTTY: process.stderr.isTTY },
  signal: controller.signal,
  forbidColours: () => {
    process.env['NO_COLOR'] = '1';
    delete process.env['FORCE_COLOR'];
  },
};

let isDone = false;
process.on('uncaughtException', stop);
process.once('beforeExit', () => {
  if (!isDone) stop(new Error('Nothing is left to wait for, but the work is not done'));
});

process.exitCode = ExitCode.Failed;
void runCli(process.argv.slice(2), host).then((exitCode) => {
  isDone = true;
  process.exitCode = exitCode;
  leaveSoon(exitCode);
});

/** Node itself would print every property of the error, and some hold the URL of the database. */
function stop(error: Error): void {
  if (!isDone && !controller.signal.aborted) return controller.abort(error);
  process.stderr.write(redacted(`error: ${error.stack ?? error.message}\n`));
  process.exit(process.exitCode || ExitCode.Failed);
}

/** Does not keep the process; ends it where something in a data source file would. */
function leaveSoon(exitCode: ExitCode): void {
  setTimeout(() => {
    if (process.stdout.writableLength > 0) leaveSoon(exitCode);
    else process.exit(exitCode);
  }, GRACE_MS).unref();
}
