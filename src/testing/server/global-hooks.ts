import { SharedServer } from './shared-server.js';

const HELD = Symbol.for('nestjs-rowguard.test-server');

type Holder = { [HELD]?: SharedServer | undefined };

/**
 * For the global set-up of Jest or Vitest: keeps the server of engine `server` running from the
 * first test file to the last. Answers the teardown, for runners that take it from there.
 */
export async function globalSetup(): Promise<() => Promise<void>> {
  (globalThis as Holder)[HELD] ??= await SharedServer.join();
  return globalTeardown;
}

/** Ends the server, unless another run still uses it, and waits until nothing of it is left. */
export async function globalTeardown(): Promise<void> {
  const holder = globalThis as Holder;
  const server = holder[HELD];
  holder[HELD] = undefined;
  await server?.leaveAndWait();
}
