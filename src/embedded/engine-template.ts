import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';

/**
 * A freshly initialised data directory, kept in the user's cache: initdb takes seconds, unpacking
 * its result a fraction of one. The cache belongs to the user; nobody else may write there.
 */
export class EngineTemplate {
  private readonly file: string;

  constructor(private readonly engine: typeof PGlite) {
    this.file = join(cacheDirectory(), `pglite-${engineVersion()}.tar`);
  }

  async start(options: PGliteOptions, dataDir: string | undefined): Promise<PGlite> {
    if (dataDir !== undefined && existsSync(join(dataDir, 'PG_VERSION'))) {
      return this.engine.create(options);
    }
    const fromTemplate = await this.startFromTemplate(options, dataDir);
    if (fromTemplate) return fromTemplate;
    const started = await this.engine.create(options);
    await this.write(started);
    return started;
  }

  /** A template that cannot be unpacked is thrown away, and what it has left behind with it. */
  private async startFromTemplate(
    options: PGliteOptions,
    dataDir: string | undefined,
  ): Promise<PGlite | undefined> {
    const template = this.read();
    if (!template) return undefined;
    const isNew = dataDir !== undefined && !existsSync(dataDir);
    try {
      return await this.engine.create({ ...options, loadDataDir: template });
    } catch {
      rmSync(this.file, { force: true });
      if (isNew) rmSync(dataDir, { recursive: true, force: true });
      return undefined;
    }
  }

  private read(): Blob | undefined {
    try {
      return new Blob([readFileSync(this.file)]);
    } catch {
      return undefined;
    }
  }

  /** A cache that cannot be written costs time at the next start, and nothing else. */
  private async write(fresh: PGlite): Promise<void> {
    try {
      const dump = await fresh.dumpDataDir('none');
      mkdirSync(cacheDirectory(), { recursive: true, mode: 0o700 });
      const unfinished = `${this.file}.${process.pid}`;
      writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 });
      renameSync(unfinished, this.file);
    } catch {
      // see above
    }
  }
}

/** Belongs to the user alone. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'nestjs-rowguard');
}

function engineVersion(): string {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve('@electric-sql/pglite');
    const manifest = join(entry.slice(0, entry.lastIndexOf('dist')), 'package.json');
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
