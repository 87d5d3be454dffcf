import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ArtifactRepository,
  ConversationRepository,
  type DatabaseClient,
  MessageRepository,
  RoleRepository,
  ToolRepository,
  User,
  WorkspaceRepository,
  createDatabaseClient,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ANNA, GUSTAV, settle } from '../../support/shipped-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe('a platform of several domains, on a database client', () => {
  let database: ScratchDatabase;
  let db: DatabaseClient;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    db = createDatabaseClient({ connectionString: database.url });
    await db.connect();
    await settle(db);
  });
  afterAll(async () => {
    await db.disconnect();
    await database.drop();
  });

  it('holds every query inside withTenantContext to its tenant, however it is asked', async () => {
    const [anna, gustav] = await Promise.all(
      [ACME, GLOBEX].map((tenantId) =>
        db.withTenantContext(tenantId, async (manager) => ({
          users: (await manager.find(User)).map((user) => user.id),
          members: await db.query('select id from memberships'),
        })),
      ),
    );

    expect(anna).toEqual({ users: [ANNA], members: [{ id: ANNA }] });
    expect(gustav).toEqual({ users: [GUSTAV], members: [{ id: GUSTAV }] });
  });

  it('answers complex raw SQL in the context of the tenant', async () => {
    const counted = await db.withTenantContext(ACME, () =>
      db.query<{ owners: number; total: number }[]>(
        `with people as (select kind from memberships)
         select count(*) filter (where kind = $1)::int as owners, count(*)::int as total from people`,
        ['owner'],
      ),
    );

    expect(counted).toEqual([{ owners: 1, total: 1 }]);
  });

  it('keeps one transaction over conversations, artifacts, tools, workspaces and roles', async () => {
    const failing = db.withTenantContext(ACME, () => aDayOfWork(db, { fails: true }));
    await expect(failing).rejects.toThrow('at the end');

    const after = await db.withTenantContext(ACME, () => counts(db));
    await db.withTenantContext(ACME, () => aDayOfWork(db, { fails: false }));

    expect(after).toEqual([0, 0, 0, 0, 0]);
    await expect(db.withTenantContext(ACME, () => counts(db))).resolves.toEqual([1, 1, 1, 1, 1]);
    await expect(db.withTenantContext(GLOBEX, () => counts(db))).resolves.toEqual([0, 0, 0, 0, 0]);
  });
});

function aDayOfWork(db: DatabaseClient, { fails }: { fails: boolean }): Promise<void> {
  return db.transaction(async () => {
    const workspace = await new WorkspaceRepository(db).create({ name: 'Team', slug: 'team' });
    const role = await new RoleRepository(db).create({ name: 'editor', permissions: ['read'] });
    await new RoleRepository(db).grant(ANNA, role.id, { workspaceId: workspace.id });
    const talk = await new ConversationRepository(db).create({ title: 'Hello', creatorId: ANNA });
    await new MessageRepository(db).append(talk.id, { role: 'user', content: 'Hi' });
    const note = { name: 'Note', kind: 'document', creatorId: ANNA, content: 'text' } as const;
    await new ArtifactRepository(db).create(note);
    await new ToolRepository(db).register({ name: 'search', inputSchema: { type: 'object' } });
    if (fails) throw new Error('at the end');
  });
}

function counts(db: DatabaseClient): Promise<number[]> {
  return Promise.all([
    new WorkspaceRepository(db).count(),
    new RoleRepository(db).count(),
    new MessageRepository(db).count(),
    new ArtifactRepository(db).count(),
    new ToolRepository(db).count(),
  ]);
}
