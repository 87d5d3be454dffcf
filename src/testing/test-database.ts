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
  /** Where somebody can look at it. */
  private place: string | undefined;
  private stopped: Promise<void> | undefined;

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

  /** With isolation `truncate`: takes out all that was written since the start. */
  clear(): Promise<void> {
    return this.cleaner.clear();
  }

  /** What `work` has asked the database. */
  counting<T>(work: () => Promise<T>): Promise<CountedWork<T>> {
    return countQueries(this.source, work);
  }

  /** Leaves the database for somebody to look at: as the test in hand leaves it, or as it is at the end. */
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

  /** May be called again: an application and its test file may both think that it is theirs. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    let isLeft = false;
    try {
      await this.turns.end();
      for (const lent of ['destroy', 'drain']) Reflect.deleteProperty(this.source, lent);
      isLeft = this.place === undefined && (this.isWorthALook || keepsAll());
      if (isLeft) this.place = await this.ground.keep();
      await this.source.destroy();
    } finally {
      if (!isLeft) await this.ground.drop();
    }
    if (this.place !== undefined) process.stderr.write(`kept the test database: ${this.place}\n`);
  }

  private get isWorthALook(): boolean {
    return this.isKept || failureNoted();
  }

  /** Of the first test that failed a copy is kept, before what it has written goes. */
  private async undo(work: () => Promise<void>): Promise<void> {
    if (this.isWorthALook && this.place === undefined) {
      this.place = await this.ground.keepCopy().catch(() => undefined);
    }
    await work();
  }

  private isolationOf(isolation: TestIsolation): Isolation {
    const { renew } = this.ground;
    if (isolation === 'rollback') return new RollbackIsolation(this.source);
    if (isolation === 'truncate') {
      return new NoIsolation(() => this.undo(() => this.cleaner.clear()));
    }
    if (isolation === 'template' && renew) return new NoIsolation(() => this.undo(renew));
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
      keep: () => {
        server.keep();
        return ground.keep();
      },
      keepCopy: () => {
        server.keep();
        return ground.keepCopy();
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

function keepsAll(): boolean {
  return process.env['KEEP_TEST_DATABASE'] === '1';
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
