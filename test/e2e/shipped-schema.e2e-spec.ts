import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import {
  Content,
  ContentRepository,
  DatabaseModule,
  type HttpProblem,
  Organization,
  OrganizationRepository,
  StudyRepository,
  TenantContext,
  type TenantRepository,
  fromHeader,
  getTenantRepositoryToken,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../support/scratch-database.js';
import { ANNA, GUSTAV } from '../support/shipped-source.js';
import { ACME, GLOBEX } from '../support/shop.js';
import { type Call, HttpClient } from './http-client.js';
import { createStudiesApp } from './studies-app.js';

type Method = NonNullable<Call['method']>;
type Body = HttpProblem & { id: string; name: string; state: string; items: { id: string }[] };

const MISSING = '0190f000-0000-7000-8000-000000000000';
const tenancy = { resolve: fromHeader('x-tenant') };

describe.each([
  ['a PostgreSQL server', 'forRoot'],
  ['a PostgreSQL server', 'forRootAsync'],
  ['the embedded engine', 'forRoot'],
] as const)('the studies of the shipped schema in an application, on %s by %s', (on, way) => {
  let database: ScratchDatabase | undefined;
  let app: INestApplication;
  let http: HttpClient;

  const ask = <T = Body>(tenant: string, method: Method, path: string, body?: unknown) =>
    http.call<T>(path, {
      method,
      headers: { 'x-tenant': tenant },
      ...(body === undefined ? {} : { body }),
    });
  const newStudy = async (tenant: string, name = 'Prices'): Promise<string> =>
    (await ask(tenant, 'POST', '/studies', { name })).body.id;

  beforeAll(async () => {
    if (on === 'a PostgreSQL server') database = await ScratchDatabase.create();
    const where = database ? { url: database.url } : { embedded: 'memory' };
    const options = { ...where, schema: ['studies'], tenancy } as const;
    const root =
      way === 'forRoot'
        ? DatabaseModule.forRoot(options)
        : DatabaseModule.forRootAsync({ useFactory: async () => Promise.resolve(options) });
    app = await createStudiesApp([root]);
    http = await HttpClient.start(app);
  });

  afterAll(async () => {
    await app.close();
    await database?.drop();
  });

  it('creates, changes, moves, deletes and restores a study with its jobs', async () => {
    const created = await ask(ACME, 'POST', '/studies', { name: 'Life', definition: { a: [1] } });
    const path = `/studies/${created.body.id}`;
    const jobs = await ask<object[]>(ACME, 'POST', `${path}/jobs`, [{ key: 'a' }, { key: 'b' }]);
    const changed = await ask(ACME, 'PATCH', path, { description: 'of a row' });
    const moved = await ask(ACME, 'POST', `${path}/state?to=running`);
    const deleted = await ask(ACME, 'DELETE', path);
    const gone = [await ask(ACME, 'GET', path), await ask<object[]>(ACME, 'GET', `${path}/jobs`)];
    const restored = await ask(ACME, 'POST', `${path}/restore`);
    const again = await ask<object[]>(ACME, 'GET', `${path}/jobs`);

    expect(created.body).toMatchObject({ name: 'Life', state: 'draft', definition: { a: [1] } });
    expect(changed.body).toMatchObject({ name: 'Life', description: 'of a row' });
    expect([created, changed, moved, deleted].map(({ status }) => status)).toEqual([
      201, 200, 201, 200,
    ]);
    expect(moved.body.state).toBe('running');
    expect(gone.map(({ status, body }) => (status === 200 ? body : status))).toEqual([404, []]);
    expect(restored.body).toMatchObject({ state: 'running', description: 'of a row' });
    expect([jobs.body.length, again.body.length]).toEqual([2, 2]);
  });

  it('shows a tenant its own studies only, by the class and by InjectTenantRepository', async () => {
    const ours = await newStudy(ACME);
    const theirs = await newStudy(GLOBEX);

    const { body: page } = await ask(GLOBEX, 'GET', '/studies');
    const { body: counted } = await ask<{ count: number }>(GLOBEX, 'GET', '/studies/count');

    const seen = page.items.map(({ id }) => id);
    expect(seen).toContain(theirs);
    expect(seen).not.toContain(ours);
    expect(counted.count).toBe(seen.length);
  });

  it.each([
    ['GET', '', undefined],
    ['PATCH', '', { name: 'Mine' }],
    ['DELETE', '', undefined],
    ['POST', '/state?to=running', undefined],
    ['POST', '/restore', undefined],
    ['POST', '/jobs', [{ key: 'a' }]],
  ] as const)(
    'answers 404 to %s %s of a foreign study, exactly as of a missing one',
    async (method, path, body) => {
      const theirs = await newStudy(ACME, 'Untouched');

      const foreign = await ask(GLOBEX, method, `/studies/${theirs}${path}`, body);
      const missing = await ask(GLOBEX, method, `/studies/${MISSING}${path}`, body);

      expect(foreign.status).toBe(404);
      expect(foreign).toEqual(missing);
      const untouched = await ask(ACME, 'GET', `/studies/${theirs}`);
      expect(untouched.body).toMatchObject({ name: 'Untouched', state: 'draft' });
    },
  );

  it('answers one 422 with every bad field of a shipped row', async () => {
    const values = { name: 'x'.repeat(201), state: 'nonsense', totalCount: -1 };

    const answer = await ask(ACME, 'POST', '/studies', values);

    expect([answer.status, answer.body.code]).toEqual([422, 'ROWGUARD_VALIDATION_FAILED']);
    const fields = answer.body.fields?.map(({ field }) => field) ?? [];
    expect(fields.toSorted()).toEqual(['name', 'state', 'totalCount']);
  });

  it('answers 409 to a step that the state does not allow, and to a duplicate', async () => {
    const id = await newStudy(ACME);
    const bookmark = { label: `taken ${id}`, ownerId: ANNA };
    await ask(ACME, 'POST', '/bookmarks', bookmark);

    const refused = await ask(ACME, 'POST', `/studies/${id}/state?to=completed`);
    const twice = await ask(ACME, 'POST', '/bookmarks', bookmark);
    const sameId = await ask(ACME, 'POST', '/studies', { id, name: 'Again' });

    expect([refused.status, refused.body.code]).toEqual([409, 'ROWGUARD_TRANSITION_REFUSED']);
    expect([twice.status, twice.body.code]).toEqual([409, 'ROWGUARD_UNIQUE_VIOLATION']);
    expect([sameId.status, sameId.body.code]).toEqual([409, 'ROWGUARD_UNIQUE_VIOLATION']);
  });

  it('lets a row of the application refer to a member of the tenant, and to no other', async () => {
    const own = await ask(ACME, 'POST', '/bookmarks', { label: 'of Anna', ownerId: ANNA });
    const foreign = await ask(ACME, 'POST', '/bookmarks', { label: 'stolen', ownerId: GUSTAV });
    const missing = await ask(ACME, 'POST', '/bookmarks', { label: 'lost', ownerId: MISSING });
    const { body: list } = await ask<object[]>(ACME, 'GET', '/bookmarks');
    const { body: elsewhere } = await ask<object[]>(GLOBEX, 'GET', '/bookmarks');

    expect(own.status).toBe(201);
    expect([foreign.status, foreign.body.code]).toEqual([422, 'ROWGUARD_REFERENCE_MISSING']);
    expect(foreign).toEqual(missing);
    expect(list).toContainEqual(expect.objectContaining({ owner: expect.anything() }));
    expect(elsewhere).toEqual([]);
  });

  it('injects the repository of a domain that is not installed, and refuses its use', async () => {
    const content = app.get(ContentRepository);

    await expect(
      TenantContext.run({ tenantId: ACME }, () => content.search()),
    ).rejects.toMatchObject({
      code: 'ROWGUARD_DOMAIN_NOT_INSTALLED',
      message: expect.stringContaining('schema'),
    });
    const overHttp = await ask(ACME, 'GET', '/content');
    expect(overHttp.status).toBe(500);
    expect(overHttp.body.code).toBeUndefined();
  });

  it('answers 401 to nobody, and 400 to a tenant that is none', async () => {
    const unnamed = await http.call('/studies');

    expect(unnamed.status).toBe(401);
    await expect(ask('nonsense', 'GET', '/studies')).resolves.toMatchObject({ status: 400 });
  });
});

describe('the shipped schema in an application with several databases', () => {
  const databases: ScratchDatabase[] = [];
  let app: INestApplication | undefined;

  afterEach(async () => {
    await app?.close();
    for (const database of databases.splice(0)) await database.drop();
  });

  it('serves the classes of the first, and the others by name', async () => {
    for (let made = 0; made < 2; made++) databases.push(await ScratchDatabase.create());
    const [main, pages] = databases as [ScratchDatabase, ScratchDatabase];
    const name = 'pages';
    app = await createStudiesApp([
      DatabaseModule.forRoot({ url: main.url, schema: ['studies'], tenancy }),
      DatabaseModule.forRoot({ name, url: pages.url, schema: ['content'] }),
      DatabaseModule.forFeature([Organization, Content], name),
    ]);
    const token = getTenantRepositoryToken(Organization, name);
    const there = app.get<TenantRepository<Organization>>(token, { strict: false });
    const studies = app.get(StudyRepository);
    const organizations = app.get(OrganizationRepository);
    const as = <T>(tenantId: string, work: () => Promise<T>) =>
      TenantContext.run({ tenantId }, work);

    await as(ACME, () => studies.create({ name: 'in the first' }));
    const seen = [await as(ACME, () => studies.count()), await as(ACME, () => there.count())];
    const refused = as(ACME, () => organizations.findPage({}));

    expect(seen).toEqual([1, 0]);
    await expect(refused).rejects.toMatchObject({ code: 'ROWGUARD_DOMAIN_NOT_INSTALLED' });
    await expect(tablesLike(main, 'organizations')).resolves.toEqual([]);
    await expect(tablesLike(pages, 'studies')).resolves.toEqual([]);
    await expect(tablesLike(pages, 'organizations')).resolves.toEqual(['organizations']);
  });
});

function tablesLike(database: ScratchDatabase, name: string): Promise<string[]> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename = $1`,
      [name],
    );
    return rows.map((row) => row.name);
  });
}
