import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { type TenantContextInput, TenantContext } from '../context/tenant-context.js';
import { Tenant } from '../entities/identity/tenant.entity.js';
import { uuidV7 } from '../entities/uuid-v7.js';
import { TestDatabaseError } from '../errors/test-database.error.js';
import { TenantRepository } from '../repositories/tenant.repository.js';
import type { RowguardDataSource } from '../rowguard.data-source.js';
import { Cleaner } from './database/cleaner.js';
import { embeddedGround } from './database/embedded-ground.js';
import { type Isolation, NoIsolation, RollbackIsolation } from './database/isolation.js';
import { serverGround } from './database/server-ground.js';
import {
  type ReadTestOptions,
  type TestDatabaseOptions,
  type TestIsolation,
  readTestOptions,
  sow,
} from './database/test-database.options.js';
import type { TestGround } from './database/test-ground.js';
import { TestTurns } from './database/test-turns.js';
import { failureNoted } from './keep-on-failure.js';
import { type CountedWork, countQueries } from './measured/query-count.js';
import { SharedServer } from './server/shared-server.js';

/** A database for one test file: made when it starts, gone when it stops. */
export class TestDatabase {
  readonly source: RowguardDataSource;
  private readonly turns: TestTurns;
  private readonly cleaner: Cleaner;
  private isKept = false;

  private constructor(
    private readonly ground: TestGround,
    readonly isolation: TestIsolation,
  ) {
    this.source = ground.source;
    this.cleaner = new Cleaner(ground.source);
    this.turns = new TestTurns(this.isolationOf(isolation));
  }

  static async start(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
    const read = readTestOptions(options);
    const ground = await groundOf(read);
    const database = new TestDatabase(ground, read.isolation);
    try {
      if (!read.template) await sow(read, ground.source);
      if (read.isolation === 'truncate') await database.cleaner.remember();
      return database;
    } catch (error) {
      await database.stop();
      throw error;
    }
  }

  /** For people: where it is, without a password. */
  get address(): string {
    return this.ground.address;
  }

  /** Runs `work` for one tenant. */
  as<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return TenantContext.run({ tenantId }, work);
  }

  /** Runs `work` for one tenant; without an id, for one that nobody has used before. */
  asTenant<T>(work: (tenantId: string) => Promise<T>): Promise<T>;
  asTenant<T>(tenantId: string, work: (tenantId: string) => Promise<T>): Promise<T>;
  async asTenant<T>(...given: [unknown, unknown?]): Promise<T> {
    const work = given.findLast((one) => typeof one === 'function');
    const tenantId = typeof given[0] === 'function' ? await this.createTenant() : given[0];
    if (!work) throw noWork('asTenant');
    return TenantContext.run({ tenantId: tenantId as string }, () =>
      (work as (tenantId: string) => Promise<T>)(tenantId as string),
    );
  }

  /** Runs `work` for a user of a tenant. */
  asUser<T>(
    user: Omit<TenantContextInput, 'actorId'> & { readonly userId: string },
    work: () => Promise<T>,
  ): Promise<T> {
    const { userId, ...rest } = user;
    return TenantContext.run({ ...rest, actorId: userId }, work);
  }

  /** Runs `work` across tenants. */
  asSystem<T>(work: () => Promise<T>): Promise<T> {
    return TenantContext.runAsSystem('test', work);
  }

  /** An id of a tenant, and its row where there is a table of tenants. */
  async createTenant(): Promise<string> {
    const id = uuidV7();
    if (this.source.hasMetadata(Tenant)) {
      const name = `Tenant ${id.slice(-6)}`;
      await this.asSystem(() =>
        this.source.manager.insert(Tenant, { id, name, slug: `tenant-${id.slice(-12)}` }),
      );
    }
    return id;
  }

  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): TenantRepository<Entity> {
    return new TenantRepository(entity, this.source);
  }

  /** Runs one test; what it writes is gone afterwards, by the isolation that was chosen. */
  isolate<T>(work: () => Promise<T>): Promise<T> {
    if (typeof work !== 'function') return Promise.reject(noWork('isolate'));
    const { pinned } = this.source.plan;
    if (this.turns.isOpen && pinned) return pinned.undone(work);
    return this.turns.isOpen ? Promise.reject(nested()) : this.turns.run(work);
  }

  /** As `isolate`, for hooks: before each test. */
  beginTest(): Promise<void> {
    return this.turns.begin();
  }

  /** After each test, whether it passed or failed. */
  endTest(): Promise<void> {
    return this.turns.end();
  }

  /** Takes out all that was written since the start; what was there then is there again. */
  clear(): Promise<void> {
    return this.cleaner.clear();
  }

  /** What `work` has asked the database. */
  counting<T>(work: () => Promise<T>): Promise<CountedWork<T>> {
    return countQueries(this.source, work);
  }

  /** Leaves the database where it is when it stops, for somebody to look at. */
  keep(): void {
    this.isKept = true;
  }

  /** From now on nobody but `stop` closes the data source: an application that uses it may end. */
  lend(): void {
    const nothing = { units: 0, connections: 0 };
    Object.assign(this.source, {
      destroy: () => Promise.resolve(),
      drain: () => Promise.resolve(nothing),
    });
  }

  async stop(): Promise<void> {
    await this.turns.end();
    for (const lent of ['destroy', 'drain']) Reflect.deleteProperty(this.source, lent);
    const isKept = this.isKept || failureNoted();
    const place = isKept ? await this.ground.keep() : undefined;
    await this.source.destroy();
    if (place === undefined) await this.ground.drop();
    else process.stderr.write(`kept the test database: ${place}\n`);
  }

  private isolationOf(isolation: TestIsolation): Isolation {
    const { renew } = this.ground;
    if (isolation === 'rollback') return new RollbackIsolation(this.source);
    if (isolation === 'truncate') return new NoIsolation(() => this.cleaner.clear());
    if (isolation === 'template' && renew) return new NoIsolation(renew);
    return new NoIsolation();
  }
}

async function groundOf(options: ReadTestOptions): Promise<TestGround> {
  if (options.engine === 'embedded') return embeddedGround(options);
  if (options.engine === 'server') {
    return onSharedServer(options, await SharedServer.join());
  }
  const { adminUrl } = options;
  const url = options.url as string;
  return serverGround(options, adminUrl ?? url, adminUrl === undefined ? undefined : url);
}

async function onSharedServer(options: ReadTestOptions, server: SharedServer): Promise<TestGround> {
  try {
    const ground = await serverGround(options, server.url);
    return {
      ...ground,
      keep: async () => {
        server.keep();
        return ground.keep();
      },
      drop: async () => {
        await ground.drop();
        await server.leave();
      },
    };
  } catch (error) {
    await server.leave();
    throw error;
  }
}

function noWork(method: string): TestDatabaseError {
  return new TestDatabaseError({
    problem: `${method} was called without a function`,
    mend: `Call ${method}(async () => { … }) and await it`,
  });
}

function nested(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'A test was opened inside of another one on the same database',
    mend: "Only isolation: 'rollback' can undo a part of a test; end the outer one first",
  });
}
