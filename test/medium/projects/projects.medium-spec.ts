import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ActivityRepository,
  AgentRepository,
  CostRepository,
  InvalidInputError,
  ProjectRepository,
  RowNotFoundError,
  TenantContext,
  isCheckViolation,
} from 'nestjs-rowguard';
import type { Logger } from 'typeorm';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const WALLS = [
  ['PostgreSQL', openShipped, { predicate: true, policies: true }],
  ['PostgreSQL behind the predicate alone', openShipped, { predicate: true, policies: false }],
  ['the embedded engine', openEmbeddedShipped, { predicate: true, policies: true }],
] as const;
const NOBODY = '0190a000-0000-7000-8000-00000000ffff';

describe.each(WALLS)('projects, agents and activities on %s', (_, open, walls) => {
  let shipped: ShippedSource;
  let projects: ProjectRepository;
  let agents: AgentRepository;
  let activities: ActivityRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await open(['projects'], { tenancy: { walls } });
    projects = new ProjectRepository(shipped.source);
    agents = new AgentRepository(shipped.source);
    activities = new ActivityRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const newProject = async () =>
    (await acme(() => projects.create({ name: 'P', path: '/', userId: ANNA }))).id;
  const note = (projectId: string, message: string, seconds = 0) => ({
    projectId,
    type: 'note',
    message,
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)),
  });

  it('getProjectById includes what is asked for, in one statement a kind, whatever there is of it', async () => {
    const projectId = await newProject();
    await acme(async () => {
      for (let at = 0; at < 5; at++) await agents.start(projectId);
      await activities.bulkCreateActivities(
        Array.from({ length: 7 }, (_, at) => note(projectId, `m${at}`, at)),
      );
      const cost = { projectId, amount: '1', model: 'm', provider: 'p' };
      await new CostRepository(shipped.source).bulkCreateCosts([cost, cost, cost]);
    });
    const statements: string[] = [];
    const { logger } = shipped.source;
    shipped.source.logger = { ...QUIET, logQuery: (sql: string) => void statements.push(sql) };

    const full = await acme(() =>
      projects.getProjectById(projectId, {
        includeUser: true,
        includeAgents: true,
        includeCosts: true,
        includeActivities: true,
      }),
    );
    shipped.source.logger = logger;

    expect(statements).toHaveLength(4);
    expect(full.user).toMatchObject({ id: ANNA, user: { email: 'anna@acme.example' } });
    expect([full.agents, full.costs, full.activities].map((one) => one?.length)).toEqual([5, 3, 7]);
    expect(full.activities?.[0]?.message).toBe('m6');
    const bare = await acme(() => projects.getProjectById(projectId));
    expect(bare).not.toHaveProperty('agents');
    await expect(acme(() => projects.getProjectById(NOBODY))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
  });

  it('starts an agent on a living project of the tenant only', async () => {
    const projectId = await newProject();
    const gone = await newProject();
    await acme(() => projects.delete(gone));

    const agent = await acme(() => agents.start(projectId, 'hello', { step: 1 }));

    expect(agent).toMatchObject({ status: 'running', endTime: null, logs: ['hello', { step: 1 }] });
    for (const attempt of [
      () => acme(() => agents.start(gone)),
      () => as(GLOBEX, () => agents.start(projectId)),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(RowNotFoundError);
    }
  });

  it('appendLog loses no line of many who write at once', async () => {
    const agent = await acme(async () => agents.start(await newProject()));

    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        acme(() => agents.appendLog(agent.id, `line ${at}`, { at, text: `it's "quoted"` })),
      ),
    );

    const { logs } = await acme(() => agents.getById(agent.id));
    expect(logs).toHaveLength(40);
    expect(new Set(logs.map((one) => JSON.stringify(one))).size).toBe(40);
    for (const bad of [undefined, null, 7, ['list']]) {
      await expect(acme(() => agents.appendLog(agent.id, bad as never))).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    }
    await expect(acme(() => agents.appendLog(agent.id, 'nul \0'))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('complete and fail end a run once, and update does not', async () => {
    const projectId = await newProject();
    const [one, two] = await acme(async () => [
      await agents.start(projectId),
      await agents.start(projectId),
    ]);
    const refused = { code: 'ROWGUARD_TRANSITION_REFUSED' };

    const completed = await acme(() => agents.complete(one?.id ?? ''));
    const failed = await acme(() => agents.fail(two?.id ?? '', 'no tokens left'));

    expect(completed).toMatchObject({ status: 'completed', error: null });
    expect(completed.endTime).toBeInstanceOf(Date);
    expect(failed).toMatchObject({ status: 'failed', error: 'no tokens left' });
    await expect(acme(() => agents.fail(one?.id ?? '', 'late'))).rejects.toMatchObject(refused);
    await expect(acme(() => agents.complete(one?.id ?? ''))).rejects.toMatchObject(refused);
    await expect(
      acme(() => agents.update(one?.id ?? '', { status: 'running' })),
    ).rejects.toMatchObject(refused);
  });

  it('holds in the database itself that who runs has no end', async () => {
    const projectId = await newProject();

    const error = await acme(() => agents.create({ projectId, status: 'completed' })).catch(
      (one: unknown) => one,
    );

    expect(isCheckViolation(error)).toBe(true);
  });

  it('getRecentActivities finds the latest on all living projects of a person', async () => {
    const [first, second, gone] = [await newProject(), await newProject(), await newProject()];
    await acme(async () => {
      await projects.update(first, { path: '/recent' });
      await activities.bulkCreateActivities([
        ...Array.from({ length: 30 }, (_, at) => note(first, `old ${at}`, at)),
        note(second, 'newest', 59),
        note(first, 'newer', 58),
        note(gone, 'on a deleted project', 57),
      ]);
      await projects.delete(gone);
      await activities.delete(
        (await activities.findOneByOrFail({ projectId: first, message: 'old 29' })).id,
      );
    });

    const recent = await acme(() => activities.getRecentActivities(ANNA, 4));

    expect(recent.slice(0, 4).map((one) => one.message)).toEqual([
      'newest',
      'newer',
      'old 28',
      'old 27',
    ]);
    expect(recent[0]?.timestamp).toBeInstanceOf(Date);
    await expect(acme(() => activities.getRecentActivities(GUSTAV))).resolves.toEqual([]);
    for (const count of [0, 1.5, '3', 1e6, null]) {
      await expect(
        acme(() => activities.getRecentActivities(ANNA, count as never)),
      ).rejects.toBeInstanceOf(InvalidInputError);
    }
    await acme(() => projects.softDelete([first, second]));
  });

  it('bulkCreateActivities writes any number, all or none', async () => {
    const projectId = await newProject();
    const many = Array.from({ length: 3_000 }, (_, at) => note(projectId, `m${at}`));

    await acme(() => activities.bulkCreateActivities(many));
    await expect(
      acme(() => activities.bulkCreateActivities([...many, note(NOBODY, 'nowhere')])),
    ).rejects.toThrow();

    await expect(acme(() => activities.countBy({ projectId }))).resolves.toBe(3_000);
    await acme(() => projects.delete(projectId));
  });

  it('deleting a project takes agents and activities along as one act, restored as one', async () => {
    const projectId = await newProject();
    await acme(async () => {
      await agents.start(projectId);
      await activities.create(note(projectId, 'x'));
    });
    const counts = () =>
      acme(async () => [
        await agents.countBy({ projectId }),
        await activities.countBy({ projectId }),
      ]);

    await acme(() => projects.delete(projectId));
    expect(await counts()).toEqual([0, 0]);

    await acme(() => projects.restore(projectId));
    expect(await counts()).toEqual([1, 1]);
  });
});

const QUIET: Omit<Logger, 'logQuery'> = {
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};
