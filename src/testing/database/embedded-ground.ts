import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEngine, MEMORY } from '../../embedded/embedded-engine.js';
import { readOptions } from '../../read-options.js';
import { RowguardDataSource } from '../../rowguard.data-source.js';
import { closeIdle } from './idle-connections.js';
import { EngineDumps } from './engine-dumps.js';
import { poolOf } from './isolation.js';
import { templateKey } from './template-key.js';
import type { TestGround } from './test-ground.js';
import { type ReadTestOptions, sow } from './test-database.options.js';

/** PGlite in memory; from a dump of one that was prepared before, where templates are asked for. */
export async function embeddedGround(options: ReadTestOptions): Promise<TestGround> {
  // Not from the environment: DATABASE_URL is the database of an application.
  const read = readOptions({ ...options.module, embedded: MEMORY }, {});
  const source = new RowguardDataSource(read);
  if (!options.template) {
    await source.initialize();
    return groundOf(source, undefined);
  }
  const dumps = new EngineDumps(await templateKey(source, options, 'pglite'));
  const dump = (await dumps.read()) ?? (await dumps.write(() => prepared(options)));
  source.plan.embedded = await EmbeddedEngine.open(MEMORY, dump);
  await source.initialize();
  return groundOf(source, dump);
}

async function prepared(options: ReadTestOptions): Promise<Blob> {
  const source = new RowguardDataSource(readOptions({ ...options.module, embedded: MEMORY }, {}));
  await source.initialize();
  try {
    await sow(options, source);
    return await (source.plan.embedded as EmbeddedEngine).dump();
  } finally {
    await source.destroy();
  }
}

function groundOf(source: RowguardDataSource, dump: Blob | undefined): TestGround {
  const keep = async (): Promise<string> => {
    const file = join(tmpdir(), `rowguard-kept-${randomBytes(4).toString('hex')}.tar`);
    const kept = await (source.plan.embedded as EmbeddedEngine).dump();
    writeFileSync(file, Buffer.from(await kept.arrayBuffer()), { mode: 0o600 });
    return `${file} (load it with PGlite.create({ loadDataDir }))`;
  };
  return {
    source,
    address: 'the embedded engine, in memory',
    renew: dump === undefined ? undefined : () => renew(source, dump),
    keep,
    keepCopy: keep,
    drop: () => Promise.resolve(),
  };
}

async function renew(source: RowguardDataSource, dump: Blob): Promise<void> {
  await closeIdle(poolOf(source));
  const before = source.plan.embedded;
  source.plan.embedded = await EmbeddedEngine.open(MEMORY, dump);
  await before?.close();
}
