import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Activity,
  DatabaseService,
  Project,
  TenantContext,
  UserRepository,
  createDatabaseClient,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { ACME } from '../../support/shop.js';

describe('the daily work with projects', () => {
  let shipped: ShippedSource;
  let db: DatabaseService;
  const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

  beforeAll(async () => {
    shipped = await openShipped(['projects']);
    db = new DatabaseService(shipped.source);
  });
  afterAll(() => shipped.close());

  it('has one user for an e-mail address', async () => {
    const users = new UserRepository(shipped.source);
    const add = () => users.create({ name: 'Twin', email: 'twin@example.com' });

    await TenantContext.runAsSystem('sign-up', add);

    expect(isUniqueViolation(await caught(TenantContext.runAsSystem('sign-up', add)))).toBe(true);
  });

  it('keeps settings, logs and metadata as JSON, not as text', async () => {
    const project = await acme(() =>
      db.createProject({
        name: 'JSON',
        path: '/',
        userId: ANNA,
        settings: { notifications: { voice: true } },
      }),
    );

    const [row] = await acme(() =>
      shipped.source.query<{ voice: boolean; kind: string }[]>(
        `select settings #>> '{notifications,voice}' as voice, jsonb_typeof(settings) as kind
         from projects where id = $1`,
        [project.id],
      ),
    );

    expect(row).toEqual({ voice: 'true', kind: 'object' });
  });

  it('takes the page that limit and offset ask for, with the fields that are selected', async () => {
    const project = await acme(() => db.createProject({ name: 'Long', path: '/', userId: ANNA }));
    const entries = Array.from({ length: 30 }, (_, at) => ({
      projectId: project.id,
      type: 'note',
      message: `${at}`,
    }));
    await acme(() => db.bulkCreateActivities(entries));

    const page = await acme(() =>
      shipped.source.manager.find(Activity, {
        select: { id: true, message: true },
        where: { projectId: project.id },
        order: { id: 'ASC' },
        skip: 10,
        take: 5,
      }),
    );

    expect(page.map((one) => one.message)).toEqual(['10', '11', '12', '13', '14']);
    expect(page.every((one) => (one as { type?: string }).type === undefined)).toBe(true);
  });

  it('loads relations only where they are asked for', async () => {
    const { id } = await acme(() => db.createProject({ name: 'Plain', path: '/', userId: ANNA }));

    const plain = await acme(() => shipped.source.manager.findOneByOrFail(Project, { id }));

    expect([plain.user, plain.agents, plain.activities, plain.costs]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
  });

  it('is given a pool of 2 to 10 connections for production', () => {
    const client = createDatabaseClient({
      connectionString: 'postgresql://app:secret@localhost:5432/app',
      pool: { min: 2, max: 10 },
    });

    expect(client.databaseOptions.pool).toMatchObject({ min: 2, max: 10 });
    expect(client.options).toMatchObject({ poolSize: 10 });
  });
});
