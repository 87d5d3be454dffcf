import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

const READY_MS = 25_000;

/** The example application as a process of its own, as `npm start` has it. */
export class ExampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** Status and signal; both once it has ended. */
    readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>,
    readonly output: () => string,
  ) {}

  static async start(databaseUrl: string): Promise<ExampleProcess> {
    compile();
    const child = spawn(process.execPath, ['examples/saas-api/dist/main.js'], {
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (...how) => resolve(how)),
    );
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`it does not start: ${output}`)), READY_MS);
      const hear = (part: Buffer): void => {
        output += part.toString();
        const [found] = /http:\/\/localhost:\d+/.exec(output) ?? [];
        if (found) resolve(found);
        if (found) clearTimeout(late);
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
    });
    return new ExampleProcess(child, url, ended, () => output);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Its types are checked with those of everything else. */
function compile(): void {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'examples/saas-api/tsconfig.json'];
  const { status } = spawnSync(process.execPath, [...tsc, '--noCheck'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The example could not be compiled');
}
