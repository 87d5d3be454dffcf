import type { DatabaseModuleOptions } from 'nestjs-rowguard';
import { RowguardDataSource, TenantContext, createDataSource } from 'nestjs-rowguard';
import { ScratchDatabase } from './scratch-database.js';
import { SHOP } from './shop.js';

export type EngineKind = 'server' | 'embedded';

/** The small shop on a server or on the embedded engine, behind one interface. */
export class ShopDatabase {
  private constructor(
    readonly source: RowguardDataSource,
    readonly scratch: ScratchDatabase | undefined,
  ) {}

  static async open(kind: EngineKind, options: DatabaseModuleOptions = {}): Promise<ShopDatabase> {
    const scratch = kind === 'server' ? await ScratchDatabase.create() : undefined;
    const place = scratch ? { url: scratch.url } : { embedded: 'memory' };
    const source = createDataSource({ entities: SHOP, ...place, ...options });
    await source.initialize();
    return new ShopDatabase(source, scratch);
  }

  /** Past the walls: as the superuser of the server, or through the engine's own login. */
  async rows<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    if (this.scratch) {
      const { rows } = await this.scratch.asOwner((client) => client.query(sql, parameters));
      return rows as Row[];
    }
    return asTenantless(() => this.source.query<Row[]>(sql, parameters));
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
    await this.scratch?.drop();
  }
}

function asTenantless<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('a look past the walls', work);
}

/** The error that `work` ends with; a work that succeeds is an error of the test. */
export async function errorOf(work: () => Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('An error was expected, and there was none');
}
