import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface StockRun {
  readonly code: number | null;
  readonly output: string;
}

/** The command line that comes with TypeORM, as it is. */
export function stockTypeOrm(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<StockRun> {
  const child = spawn(process.execPath, [resolve('node_modules/typeorm/cli.js'), ...words], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => (output += part.toString()));
  }
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}
