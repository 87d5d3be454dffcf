import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScratchDatabase } from '../../support/scratch-database.js';

const MAIN = resolve('dist/cli/main.js');
const FILE = resolve('test/medium/cli/fixtures/notes.data-source.js');
/** An empty program takes some 40 ms on a quiet machine, and the help has 150. */
const MOST_TIMES_BARE = 3.5;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the process of the command line', () => {
  let database: ScratchDatabase;

  const start = (words: readonly string[], more: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [MAIN, ...words], {
      env: { PATH: process.env['PATH'], DATABASE_URL: database.url, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const end = (child: ChildProcess) =>
    new Promise<Ended>((done) => {
      let stdout = '';
      let stderr = '';
      child.stdout?.on('data', (part: Buffer) => (stdout += part.toString()));
      child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
      child.once('close', (code) => done({ code, stdout, stderr }));
    });
  const run = (words: readonly string[], more?: Record<string, string>) => end(start(words, more));

  const timed = async (work: () => Promise<Ended>) => {
    const started = performance.now();
    expect((await work()).code).toBe(0);
    return performance.now() - started;
  };

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  it('answers, separates its streams, and ends by itself', async () => {
    const { code, stdout, stderr } = await run(['doctor', '-d', FILE, '--json'], { NOISE: '1' });

    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'doctor', exitCode: 3, error: null });
    expect(stderr).toContain('noise of the application');
    expect(stderr).toContain('noise of the framework');
    expect(stderr).toContain('pg_class');
    expect(stdout + stderr).not.toContain('\u001B');
    expect(stdout + stderr).not.toContain('secret');
  });

  it('ends although the data source file holds on to it', async () => {
    const { code } = await run(['doctor', '-d', FILE], { LINGER: '1' });

    expect(code).toBe(3);
  });

  it.each([
    ['throws late', { THROWS: 'postgresql://a:hidden@h/x' }, 'thrown late'],
    ['never loads', { HANGS: '1' }, 'Nothing is left to wait for'],
  ])('tells of a file that %s', async (_, more, says) => {
    const { code, stdout, stderr } = await run(['doctor', '-d', FILE, '--json'], more);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 1 });
    expect(stdout).toContain(says);
    expect(stdout + stderr).not.toContain('hidden');
  });

  it('shows its help before anything heavy is loaded', async () => {
    const help: number[] = [];
    const bare: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      help.push(await timed(() => run(['--help'])));
      bare.push(await timed(() => end(spawn(process.execPath, ['-e', '0'], { stdio: 'pipe' }))));
    }

    // In one run and against an empty program, since machines and their load differ.
    expect(Math.min(...help)).toBeLessThan(MOST_TIMES_BARE * Math.min(...bare));
  });

  it('tells a wrong line from a database that is not there', async () => {
    expect((await run(['doctr'])).code).toBe(2);
    expect(
      (await run(['doctor', '-d', FILE], { DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/x' })).code,
    ).toBe(7);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with %i, whatever it waits for', async (signal, expected) => {
    // Takes the connection and never says a word.
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => silent.once('listening', done));
    const { port } = silent.address() as { port: number };
    const url = `postgresql://a:b@127.0.0.1:${port}/x`;

    const child = start(['doctor', '-d', FILE], { DATABASE_URL: url });
    silent.once('connection', (socket) => {
      // A socket that nobody reads does not notice its end, and would keep the test run alive.
      socket.on('error', () => undefined).resume();
      child.kill(signal);
    });
    const { code, stderr } = await end(child);

    expect(code).toBe(expected);
    expect(stderr).toContain('stopped by a signal');
    silent.close();
  });
});
