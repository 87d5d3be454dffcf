import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import type pg from 'pg';
import { EmbeddedEngineError } from '../errors/embedded-engine.error.js';
import { DirectoryLock } from './directory-lock.js';
import { EmbeddedSession, type EngineConnection } from './embedded-session.js';
import { EngineTemplate } from './engine-template.js';

export const MEMORY = 'memory';

/**
 * PostgreSQL inside the process: PGlite, on the pool of node-postgres. One session only; its login
 * is a superuser, so that every Sync group takes the role of the tenants first.
 */
export class EmbeddedEngine {
  private constructor(
    readonly location: string,
    private readonly pglite: PGlite,
    private readonly session: EmbeddedSession,
    private readonly lock: DirectoryLock | undefined,
  ) {}

  /** `location`: a directory, or `memory`. `dump`: what is in it from the start, in memory only. */
  static async open(location: string, dump?: Blob): Promise<EmbeddedEngine> {
    const parts = await load();
    if (location === MEMORY) return EmbeddedEngine.start(MEMORY, parts, undefined, dump);
    const directory = resolve(location);
    mkdirSync(directory, { recursive: true });
    const lock = DirectoryLock.take(directory);
    try {
      return await EmbeddedEngine.start(directory, parts, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private static async start(
    location: string,
    { PGlite, createPgConfig, vector, extensions }: EngineParts,
    lock: DirectoryLock | undefined,
    dump?: Blob,
  ): Promise<EmbeddedEngine> {
    const template = new EngineTemplate(PGlite);
    const dataDir = location === MEMORY ? undefined : join(location, 'data');
    const options: PGliteOptions = {
      ...(dataDir === undefined ? {} : { dataDir }),
      extensions: { ...extensions, ...(vector ? { vector } : {}) },
    };
    const pglite = dump
      ? await PGlite.create({ ...options, loadDataDir: dump })
      : await template.start(options, dataDir);
    return new EmbeddedEngine(location, pglite, new EmbeddedSession(pglite, createPgConfig), lock);
  }

  /** One connection at a time, kept: replacing it would not end the session behind it. */
  poolConfig(): pg.PoolConfig {
    return {
      host: 'localhost',
      port: 5432,
      user: 'postgres',
      password: 'none',
      database: 'postgres',
      max: 1,
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: 0,
      connectionString: undefined,
    } as pg.PoolConfig;
  }

  /** What a client of its own talks to; the connection before it loses the session. */
  connect(): EngineConnection {
    return this.session.open();
  }

  /** All that is in it, for another engine to start from. */
  async dump(): Promise<Blob> {
    return this.pglite.dumpDataDir('none');
  }

  async close(): Promise<void> {
    if (!this.pglite.closed) await this.pglite.close();
    this.lock?.release();
  }
}

interface EngineParts {
  readonly PGlite: typeof PGlite;
  readonly createPgConfig: (engine: PGlite) => { readonly connection: EngineConnection };
  readonly vector: NonNullable<PGliteOptions['extensions']>[string] | undefined;
  readonly extensions: NonNullable<PGliteOptions['extensions']>;
}

async function load(): Promise<EngineParts> {
  try {
    // One after the other: the module loader of Jest loses shared parts of modules loaded at once.
    const { PGlite } = await import('@electric-sql/pglite');
    const { createPgConfig } = await import('@electric-sql/pglite/node-postgres');
    const { pgcrypto } = await import('@electric-sql/pglite/contrib/pgcrypto');
    const { btree_gin } = await import('@electric-sql/pglite/contrib/btree_gin');
    const vector = await import('@electric-sql/pglite-pgvector').then(
      (loaded) => loaded.vector,
      () => undefined,
    );
    return { PGlite, createPgConfig, vector, extensions: { pgcrypto, btree_gin } };
  } catch (cause) {
    throw new EmbeddedEngineError({
      problem: 'No database is configured, and the embedded engine is not installed',
      mend: 'Set DATABASE_URL to a PostgreSQL server, or run: npm install @electric-sql/pglite @electric-sql/pglite-pgvector',
      cause,
    });
  }
}
