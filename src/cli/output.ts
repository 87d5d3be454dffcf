import type { Finding } from '../schema/finding.js';
import type { CliHost } from './cli-host.js';
import { isColoured, type Paint, painter } from './colours.js';
import { ExitCode } from './exit-code.js';
import { exitCodeFor, type Failure, failureOf, traceOf } from './failure.js';
import { redacted } from './redaction.js';

const SCHEMA_VERSION = 1;

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColour: boolean;
}

/** The answer goes to stdout, everything else to stderr; no password passes either. */
export class Output {
  readonly isJson: boolean;
  /** For text on stdout. */
  readonly paint: Paint;
  private readonly paintAside: Paint;
  private readonly warnings: string[] = [];
  private data: unknown = null;
  private findings: readonly Finding[] = [];
  private failure: Failure | null = null;

  constructor(
    private readonly host: CliHost,
    private readonly settings: OutputSettings,
  ) {
    const { environment, stdout, stderr } = host;
    this.isJson = settings.json;
    this.paint = painter(isColoured(stdout, environment, settings.noColour || settings.json));
    const paintsAside = isColoured(stderr, environment, settings.noColour);
    this.paintAside = painter(paintsAside);
    if (!paintsAside) host.forbidColours();
  }

  /** The answer as text; the JSON form has `answer` instead. */
  print(text: string): void {
    if (!this.isJson) this.host.stdout.write(redacted(`${text}\n`));
  }

  /** Data that goes elsewhere, and has to arrive as it is. */
  pour(text: string): void {
    this.host.stdout.write(text);
  }

  /** The answer as data, for the JSON form. */
  answer(data: unknown, findings: readonly Finding[] = []): void {
    this.data = data;
    this.findings = findings;
  }

  /** What is going on; nothing that anybody has to read. */
  progress(text: string): void {
    if (!this.settings.quiet) this.aside(this.paintAside('dim', text));
  }

  warn(text: string): void {
    this.warnings.push(redacted(text));
    if (!this.isJson) this.aside(`${this.paintAside('yellow', 'warning:')} ${text}`);
  }

  fail(error: unknown): ExitCode {
    const failure = failureOf(error);
    this.failure = failure;
    if (!this.isJson) {
      this.aside(`${this.paintAside('red', 'error:')} ${failure.message} [${codesOf(failure)}]`);
      if (failure.statement) this.aside(`statement: ${failure.statement}`);
      this.aside(`what to do: ${failure.hint}`);
    }
    if (this.settings.verbose) this.aside(traceOf(error));
    return exitCodeFor(error);
  }

  /** Writes the JSON form, once, when the exit code is known. */
  finish(command: string | null, exitCode: ExitCode, durationMs: number): void {
    if (!this.isJson) return;
    const envelope = {
      schemaVersion: SCHEMA_VERSION,
      command,
      ok: exitCode === ExitCode.Ok,
      exitCode,
      durationMs,
      data: this.data,
      findings: this.findings.map((one) => ({ ...one, advice: one.advice ?? null })),
      warnings: this.warnings,
      error: this.failure,
    };
    // Value by value: in the finished text a secret could not be told from the quotes around it.
    const text = JSON.stringify(envelope, (_, value: unknown) =>
      typeof value === 'string' ? redacted(value) : value,
    );
    this.host.stdout.write(`${text}\n`);
  }

  private aside(text: string): void {
    this.host.stderr.write(redacted(`${text}\n`));
  }
}

function codesOf(failure: Failure): string {
  return failure.sqlstate ? `${failure.code}, SQLSTATE ${failure.sqlstate}` : failure.code;
}
