import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../embedded/engine-template.js';
import { HeldDump } from '../../embedded/held-dump.js';

const PREFIX = 'pglite-test-';
const KEPT_MS = 3 * 86_400_000;

/** Prepared databases of the embedded engine, in the user's cache, by what they were made from. */
export class EngineDumps {
  private readonly file: string;

  constructor(key: string) {
    this.file = join(cacheDirectory(), `${PREFIX}${key}.tar`);
  }

  async read(): Promise<HeldDump | undefined> {
    try {
      const dump = new HeldDump(new Uint8Array(readFileSync(this.file)).buffer);
      utimesSync(this.file, new Date(), new Date());
      return await Promise.resolve(dump);
    } catch {
      return undefined;
    }
  }

  /** Two processes that make the same one at once write the same; the last name change wins. */
  async write(make: () => Promise<Blob>): Promise<HeldDump> {
    const bytes = await (await make()).arrayBuffer();
    try {
      mkdirSync(cacheDirectory(), { recursive: true, mode: 0o700 });
      dropStale();
      const unfinished = `${this.file}.${process.pid}`;
      writeFileSync(unfinished, Buffer.from(bytes), { mode: 0o600 });
      renameSync(unfinished, this.file);
    } catch {
      // A cache that cannot be written costs time at the next start, and nothing else.
    }
    return new HeldDump(bytes);
  }
}

function dropStale(): void {
  const directory = cacheDirectory();
  for (const name of readdirSync(directory).filter((one) => one.startsWith(PREFIX))) {
    const file = join(directory, name);
    if (Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}
