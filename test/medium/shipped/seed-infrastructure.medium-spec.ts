import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DatabaseHealthIndicator,
  LockTimeoutError,
  Project,
  ProjectRepository,
  ReadOnlyError,
  StatementTimeoutError,
  TenantContext,
  createDataSource,
  getSqlState,
  isForeignKeyViolation,
  isLockTimeout,
  isStatementTimeout,
  uuidV7,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import {
  ANNA,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';
import { ACME } from '../../support/shop.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

/** Nothing of the work in hand, such as its transaction, is taken along. */
const outside = AsyncLocalStorage.snapshot();

const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
const project = (name: string) => ({ name, path: '/', userId: ANNA });

describe.each(ENGINES)('the infrastructure that an application stands on, on %s', (_, open) => {
  let shipped: ShippedSource;
  let projects: ProjectRepository;

  beforeAll(async () => {
    shipped = await open(['projects']);
    projects = new ProjectRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('is up to date after the first start, without a command', async () => {
    await expect(acme(() => projects.find())).resolves.toEqual(expect.any(Array));
    expect(await new DatabaseHealthIndicator(shipped.source).check()).toMatchObject({
      status: 'up',
    });
  });

  it('commits a transaction that ends well, and answers with its value', async () => {
    const id = await acme(() =>
      shipped.source.transaction(async (manager) => {
        const { identifiers } = await manager.insert(Project, project('agent1'));
        await manager.insert(Project, project('agent2'));
        return identifiers[0]?.['id'] as string;
      }),
    );

    await expect(acme(() => projects.getById(id))).resolves.toMatchObject({ name: 'agent1' });
    await expect(acme(() => projects.existsBy({ name: 'agent2' }))).resolves.toBe(true);
  });

  it('undoes a transaction that fails, as a whole', async () => {
    const failing = acme(() =>
      projects.transaction(async () => {
        await projects.create(project('half done'));
        throw new Error('second step');
      }),
    );

    await expect(failing).rejects.toThrow('second step');
    await expect(acme(() => projects.existsBy({ name: 'half done' }))).resolves.toBe(false);
  });

  it('enforces foreign keys, also against raw SQL', async () => {
    const error = await caught(
      acme(() =>
        shipped.source.query('insert into agents (project_id, version) values ($1, 1)', [uuidV7()]),
      ),
    );

    expect(isForeignKeyViolation(error)).toBe(true);
  });
});

describe('the infrastructure that an application stands on, on a server', () => {
  let shipped: ShippedSource;
  let projects: ProjectRepository;

  beforeAll(async () => {
    shipped = await openShipped(['projects']);
    projects = new ProjectRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('lets readers read while a writer holds the row', async () => {
    const { id } = await acme(() => projects.create(project('before')));

    const seen = await acme(() =>
      projects.transaction(async () => {
        await projects.update(id, { name: 'after' });
        return reading(id);
      }),
    );

    expect(seen).toBe('before');
    await expect(reading(id)).resolves.toBe('after');
  });

  it('waits for a locked row no longer than it is told', async () => {
    const { id } = await acme(() => projects.create(project('locked')));
    const impatient = createDataSource({
      url: shipped.database?.url,
      schema: ['projects'],
      migrate: 'check',
      pool: { lockTimeoutMs: 50 },
    });
    await impatient.initialize();

    const error = await acme(() =>
      projects.transaction(async () => {
        await projects.update(id, { name: 'held' });
        return caught(new ProjectRepository(impatient).update(id, { name: 'x' }));
      }),
    );
    await impatient.destroy();

    expect(error).toBeInstanceOf(LockTimeoutError);
    expect(isLockTimeout(error)).toBe(true);
  });

  it('stops a statement that takes longer than it is told', async () => {
    const strict = createDataSource({
      url: shipped.database?.url,
      schema: ['projects'],
      migrate: 'check',
      pool: { statementTimeoutMs: 1_000 },
    });
    await strict.initialize();

    const error = await caught(acme(() => strict.query('select pg_sleep(20)')));
    await strict.destroy();

    expect(error).toBeInstanceOf(StatementTimeoutError);
    expect(isStatementTimeout(error)).toBe(true);
  });

  it('opens read-only where the address says so: what is there is read, and nothing written', async () => {
    const { id } = await acme(() => projects.create(project('to be read')));
    const url = `${shipped.database?.url}?options=-c%20default_transaction_read_only%3Don`;
    const readOnly = createDataSource({ url, schema: ['projects'], migrate: 'check' });
    await readOnly.initialize();
    const reader = new ProjectRepository(readOnly);

    const read = await acme(() => reader.getById(id));
    const written = await caught(acme(() => reader.update(id, { name: 'x' })));
    await readOnly.destroy();

    expect(read.name).toBe('to be read');
    expect(written).toBeInstanceOf(ReadOnlyError);
    expect(getSqlState(written)).toBe('25006');
  });

  it('runs no migrations at a start that only checks, and says which are pending', async () => {
    const source = createDataSource({
      url: shipped.database?.url,
      schema: 'all',
      migrate: 'check',
    });

    await expect(source.initialize()).rejects.toThrow(/migrations are pending/);
  });

  /** As another request would, on a connection of its own. */
  function reading(id: string): Promise<string> {
    return outside(() => acme(async () => (await projects.getById(id)).name));
  }
});
