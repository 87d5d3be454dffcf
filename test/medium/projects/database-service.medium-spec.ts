import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RowNotFoundError, TenantContext } from 'nestjs-rowguard';
import { DatabaseService } from '../../../src/repositories/projects/database.service.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

describe.each(ENGINES)('the DatabaseService on %s', (_, open) => {
  let shipped: ShippedSource;
  let db: DatabaseService;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

  beforeAll(async () => {
    shipped = await open(['projects']);
    db = DatabaseService.createTestInstance(shipped.source);
  });
  afterAll(() => shipped.close());

  const newProject = (name = 'Demo') => db.createProject({ name, path: '/demo', userId: ANNA });

  it('tells the story of its description: createUser, createProject, createCost, createActivity', async () => {
    await as(ACME, async () => {
      const user = await db.createUser({ email: 'Story@Example.com', name: 'Test User' });
      const project = await db.createProject({
        name: 'My Project',
        path: '/path/to/project',
        userId: user.id,
        settings: { notifications: { enabled: true, voice: true }, theme: 'dark' },
      });
      await db.createAgent({ projectId: project.id });
      await db.createCost({
        projectId: project.id,
        amount: 0.045,
        model: 'gpt-4o',
        provider: 'openai',
        inputTokens: 1500,
        outputTokens: 800,
      });
      await db.createActivity({
        projectId: project.id,
        type: 'agent_started',
        message: 'Agent started working on issue #123',
        metadata: { issueNumber: 123, estimatedCost: 0.5 },
      });

      const full = await db.getProjectById(project.id, {
        includeUser: true,
        includeAgents: true,
        includeCosts: true,
        includeActivities: true,
      });
      const recent = await db.getRecentActivities(user.id, 10);

      expect(user).toMatchObject({ email: 'story@example.com', name: 'Test User' });
      expect(full).toMatchObject({
        settings: { notifications: { enabled: true, voice: true }, theme: 'dark' },
        user: { id: user.id, user: { email: 'story@example.com' } },
        agents: [{ status: 'running', logs: [] }],
        costs: [{ amount: '0.045000', currency: 'USD', inputTokens: 1500, outputTokens: 800 }],
        activities: [{ metadata: { issueNumber: 123, estimatedCost: 0.5 } }],
      });
      expect(await db.getTotalCostByProject(project.id)).toEqual({ USD: '0.045000' });
      expect(recent.map((activity) => activity.message)).toEqual([
        'Agent started working on issue #123',
      ]);
    });
    await expect(as(GLOBEX, () => db.getUserByEmail('story@example.com'))).resolves.toBeNull();
  });

  it('commits what tx.project.create and tx.activity.create wrote in a transaction', async () => {
    const created = await as(ACME, () =>
      db.transaction(async (tx) => {
        const project = await tx.project.create({
          data: { name: 'New Project', path: '/path', userId: ANNA },
        });
        await tx.activity.create({
          data: { projectId: project.id, type: 'project_created', message: 'Project created' },
        });
        return project;
      }),
    );

    const found = await as(ACME, () => db.getProjectById(created.id, { includeActivities: true }));
    expect(found.activities).toMatchObject([{ type: 'project_created' }]);
  });

  it('undoes both operations of a transaction if one fails', async () => {
    const name = 'Half a project';

    const attempt = as(ACME, () =>
      db.transaction(async (tx) => {
        const project = await tx.project.create({ data: { name, path: '/', userId: ANNA } });
        await tx.agent.create({ data: { projectId: project.id } });
        await tx.activity.create({ data: { projectId: GUSTAV, type: 'x', message: 'no project' } });
      }),
    );

    await expect(attempt).rejects.toThrow();
    const names = (await as(ACME, () => db.getProjectsByUser(ANNA))).map((one) => one.name);
    expect(names).not.toContain(name);
  });

  it('changes, lists, and deletes rows by the tables of a transaction', async () => {
    await as(ACME, () =>
      db.transaction(async (tx) => {
        const { id } = await tx.project.create({ data: { name: 'T', path: '/', userId: ANNA } });
        const data = { projectId: id, type: 'note', message: 'x' };
        const cost = { projectId: id, amount: '1.5', model: 'm', provider: 'p' };

        await tx.project.update({ where: { id }, data: { name: 'Renamed' } });

        expect(await tx.activity.createMany({ data: [data, data] })).toEqual({ count: 2 });
        expect(await tx.cost.createMany({ data: [cost, cost] })).toEqual({ count: 2 });
        expect(await tx.activity.findMany({ where: { projectId: id } })).toHaveLength(2);
        expect(await tx.project.findUnique({ where: { id } })).toMatchObject({ name: 'Renamed' });
        await tx.project.delete({ where: { id } });
        expect(await tx.project.findUnique({ where: { id } })).toBeNull();
      }),
    );
  });

  it('deleteUser reaches projects, agents and activities as one act, and restoreUser undoes it; costs stay', async () => {
    await as(ACME, async () => {
      const user = await db.createUser({ email: `gone-${Math.random()}@example.com` });
      const project = await db.createProject({ name: 'P', path: '/', userId: user.id });
      const kept = await db.createProject({ name: 'Deleted before', path: '/', userId: user.id });
      await db.createAgent({ projectId: project.id });
      await db.createActivity({ projectId: project.id, type: 'note', message: 'x' });
      await db.createCost({ projectId: project.id, amount: '2', model: 'm', provider: 'p' });
      await db.deleteProject(kept.id);

      await db.deleteUser(user.id);

      await expect(db.getUserById(user.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.getProjectById(project.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.getAgentsByProject(project.id)).resolves.toEqual([]);
      await expect(db.getRecentActivities(user.id)).resolves.toEqual([]);
      await expect(db.getTotalCostByProject(project.id)).resolves.toEqual({ USD: '2.000000' });

      await db.restoreUser(user.id);

      const back = await db.getProjectById(project.id, {
        includeAgents: true,
        includeActivities: true,
      });
      expect(back.agents).toHaveLength(1);
      expect(back.activities).toHaveLength(1);
      await expect(db.getProjectById(kept.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.getUserById(user.id)).resolves.toMatchObject({ id: user.id });
    });
  });

  it('deletes a user or a project for good where that is asked for, and keeps the costs', async () => {
    await as(ACME, async () => {
      const user = await db.createUser({ email: `hard-${Math.random()}@example.com` });
      const [first, second] = [
        await db.createProject({ name: '1', path: '/', userId: user.id }),
        await db.createProject({ name: '2', path: '/', userId: user.id }),
      ];
      for (const projectId of [first.id, second.id]) {
        await db.createAgent({ projectId });
        await db.createActivity({ projectId, type: 'note', message: 'x' });
        await db.createCost({ projectId, amount: '2', model: 'm', provider: 'p' });
      }

      await db.deleteProject(first.id, { hard: true });
      await expect(db.restoreProject(first.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await db.deleteUser(user.id, { hard: true });

      await expect(db.restoreUser(user.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.getTotalCostByProject(second.id)).resolves.toEqual({ USD: '2.000000' });
    });
  });

  it('createUser makes a member of a person who is known by the email already, and of one who left', async () => {
    const there = await as(GLOBEX, () => db.getUserByEmail('GUSTAV@globex.example'));
    const user = await as(ACME, () => db.createUser({ email: 'gustav@globex.example' }));
    const again = await as(ACME, () =>
      db.createUser({ email: 'Gustav@Globex.example', name: 'X' }),
    );
    await as(ACME, () => db.deleteUser(GUSTAV));
    const back = await as(ACME, () => db.createUser({ email: 'gustav@globex.example' }));

    expect(there?.id).toBe(GUSTAV);
    expect([user, again, back].map((one) => [one.id, one.name])).toEqual(
      Array.from({ length: 3 }, () => [GUSTAV, 'Gustav']),
    );
  });

  it.each([
    undefined,
    null,
    {},
    { email: 7 },
    { email: 'a@b.example', name: '' },
    { email: 'no address' },
  ])('refuses %j as a new user with a typed error', async (input) => {
    await expect(as(ACME, () => db.createUser(input as never))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('shows and changes nothing of another tenant', async () => {
    const project = await as(ACME, () => newProject());
    const agent = await as(ACME, () => db.createAgent({ projectId: project.id }));

    await as(GLOBEX, async () => {
      await expect(db.getProjectById(project.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.updateProject(project.id, { name: 'x' })).rejects.toBeInstanceOf(
        RowNotFoundError,
      );
      await expect(db.deleteProject(project.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.deleteProject(project.id, { hard: true })).rejects.toBeInstanceOf(
        RowNotFoundError,
      );
      await expect(db.restoreProject(project.id)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.deleteUser(ANNA)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.appendAgentLog(agent.id, 'x')).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(db.getRecentActivities(ANNA)).resolves.toEqual([]);
      await expect(db.getTotalCostByProject(project.id)).resolves.toEqual({});
    });
    await expect(as(ACME, () => db.getAgentById(agent.id))).resolves.toMatchObject({ logs: [] });
  });
});
