declare global {
  /** Set where somebody knows that a test of this file has failed: see `noteFailure`. */
  var rowguardTestFailed: boolean | undefined;
}

const FAILURES = ['test_fn_failure', 'hook_failure'];

/**
 * For an environment of Jest, whose hooks are not told how a test ended: call it in
 * `handleTestEvent`, and the database of a failed file is kept.
 */
export function noteFailure(event: { readonly name: string }, global: typeof globalThis): void {
  if (FAILURES.includes(event.name)) global.rowguardTestFailed = true;
}

/** Whether a test of this file has failed. */
export function failureNoted(): boolean {
  return globalThis.rowguardTestFailed === true;
}
