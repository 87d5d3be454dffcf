export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What the command line knows of its process; tests hand in one of their own. */
export interface CliHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Aborted by a signal, with its exit code as the reason, or by an error that nobody caught. */
  readonly signal: AbortSignal;
  /** Other libraries paint what they log; they have to be told as well. */
  forbidColours(): void;
}
