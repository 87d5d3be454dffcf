import { createServer } from 'node:net';

const DEFAULT_PORT = 3_000;
const PORTS_TRIED = 20;

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Set when the default port was taken. */
  readonly insteadOf: number | undefined;
}

/**
 * Where to listen. A port that was asked for is the one or none; the default gives way to the next
 * free one. Only this machine by default: whoever reaches the demo can name any tenant.
 */
export async function findPlace(environment: NodeJS.ProcessEnv): Promise<Place> {
  const host = environment['HOST'] ?? '127.0.0.1';
  const given = environment['PORT'];
  if (given !== undefined && given !== '') {
    const port = checkedPort(given);
    if (port === 0 || (await isFree(port, host))) return { host, port, insteadOf: undefined };
    throw new Error(`Port ${port} is taken. Stop what listens there, or set PORT to another one.`);
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORTS_TRIED; port++) {
    if (!(await isFree(port, host))) continue;
    return { host, port, insteadOf: port === DEFAULT_PORT ? undefined : DEFAULT_PORT };
  }
  throw new Error(`No port from ${DEFAULT_PORT} on is free. Set PORT to one that is.`);
}

function checkedPort(given: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new Error(`PORT has to be a number from 0 to 65535 (given: ${JSON.stringify(given)}).`);
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new Error(`Cannot listen on ${host}:${port} (${error.code}).`));
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
