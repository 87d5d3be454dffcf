/** What the process ends with; one number means the same in every command. */
export const ExitCode = {
  Ok: 0,
  Failed: 1,
  Usage: 2,
  Found: 3,
  Blocked: 4,
  HistoryInvalid: 5,
  LockNotObtained: 6,
  Unreachable: 7,
  Interrupted: 130,
  Terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The table of the help and of docs/cli.md. */
export const EXIT_CODE_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done, and nothing to complain about',
  1: 'failed',
  2: 'the command line or the configuration is wrong',
  3: 'a check found something',
  4: 'blocked: a rule or a missing approval',
  5: 'the history of migrations does not hold together',
  6: 'another process holds the lock',
  7: 'the database cannot be reached, or is not fit for work',
  130: 'interrupted (SIGINT)',
  143: 'terminated (SIGTERM)',
};
