import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ActResult,
  InvalidInputError,
  RowNotFoundError,
  StatementRefusedError,
  TenantContext,
  TransitionRefusedError,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { type DeepPartial, In, type ObjectLiteral } from 'typeorm';
import { Agent } from '../../../src/entities/projects/agent.entity.js';
import { Project } from '../../../src/entities/projects/project.entity.js';
import { Evidence } from '../../../src/entities/studies/evidence.entity.js';
import { Job } from '../../../src/entities/studies/job.entity.js';
import { Result } from '../../../src/entities/studies/result.entity.js';
import { CostRepository } from '../../../src/repositories/costs/cost.repository.js';
import { AgentRepository } from '../../../src/repositories/projects/agent.repository.js';
import { ProjectRepository } from '../../../src/repositories/projects/project.repository.js';
import { EvidenceRepository } from '../../../src/repositories/studies/evidence.repository.js';
import { JobRepository } from '../../../src/repositories/studies/job.repository.js';
import { ResultRepository } from '../../../src/repositories/studies/result.repository.js';
import { StudyRepository } from '../../../src/repositories/studies/study.repository.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';

describe('deleting and restoring as one act', () => {
  let shipped: ShippedSource;
  let projects: ProjectRepository;
  let agents: AgentRepository;
  let studies: StudyRepository;
  let jobs: JobRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) =>
    TenantContext.run({ tenantId, actorId: 'anna' }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await openShipped(['studies', 'projects']);
    projects = new ProjectRepository(shipped.source);
    agents = new AgentRepository(shipped.source);
    studies = new StudyRepository(shipped.source);
    jobs = new JobRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const newProject = () => acme(() => projects.create({ name: 'P', path: '/', userId: ANNA }));
  const newAgent = (projectId: string) => acme(() => agents.start(projectId));
  const living = <Entity extends ObjectLiteral>(
    entity: new () => Entity,
    where: DeepPartial<Entity>,
  ) => acme(() => shipped.source.manager.countBy(entity, where as never));

  /** A study with two jobs, each with two results, each with evidence. */
  async function newStudy() {
    return acme(async () => {
      const study = await studies.create({ name: 'S' });
      const made = await jobs.createFromManifest(study.id, [{ key: 'a' }, { key: 'b' }]);
      const results = new ResultRepository(shipped.source);
      const evidence = new EvidenceRepository(shipped.source);
      for (const job of [...made, ...made]) {
        const result = await results.create({ jobId: job.id });
        await evidence.create({ resultId: result.id, kind: 'text', content: 'seen' });
      }
      return { id: study.id, jobs: made.map((job) => job.id) };
    });
  }

  it('marks all rows of an act with its time, its actor and its batch', async () => {
    const project = await newProject();
    await newAgent(project.id);

    await acme(() => projects.delete(project.id));

    const [row, agent] = await acme(async () => [
      await projects.getById(project.id, { deleted: 'with' }),
      await agents.findOneOrFail({ where: { projectId: project.id }, deleted: 'only' }),
    ]);
    expect(row?.deletedBy).toBe('anna');
    expect(row?.deleteBatch).toMatch(/^[0-9a-f-]{36}$/);
    expect(agent).toMatchObject({
      deletedBy: 'anna',
      deletedAt: row?.deletedAt,
      deleteBatch: row?.deleteBatch,
    });
  });

  it('reaches over several levels, and brings all of them back', async () => {
    const study = await newStudy();
    const [first = ''] = study.jobs;
    const other = await newStudy();

    await acme(() => jobs.delete(first));

    expect(await living(Job, { studyId: study.id })).toBe(1);
    expect(await living(Result, { studyId: study.id })).toBe(2);
    expect(await living(Evidence, { studyId: study.id })).toBe(2);
    await acme(() => jobs.restore(first));
    expect(await living(Job, { studyId: study.id })).toBe(2);
    expect(await living(Result, { studyId: study.id })).toBe(4);
    expect(await living(Evidence, { studyId: study.id })).toBe(4);
    expect(await living(Evidence, { studyId: other.id })).toBe(4);
  });

  it('leaves deleted what an earlier act had deleted', async () => {
    const study = await newStudy();
    const [first = ''] = study.jobs;
    await acme(() => jobs.delete(first));

    await acme(() => studies.delete(study.id));
    expect(await living(Evidence, { studyId: study.id })).toBe(0);
    await acme(() => studies.restore(study.id));

    expect(await living(Job, { studyId: study.id })).toBe(1);
    expect(await living(Result, { studyId: study.id })).toBe(2);
    await acme(() => jobs.restore(first));
    expect(await living(Evidence, { studyId: study.id })).toBe(4);
  });

  it('brings back all rows that one act named, with what each took along', async () => {
    const [one, two] = [await newProject(), await newProject()];
    const before = await newProject();
    for (const { id } of [one, two, before]) await newAgent(id);
    await acme(() => projects.delete(before.id));

    const deleted = await acme(() =>
      projects.softDelete({ id: In([one.id, two.id, one.id, before.id]) }),
    );
    const { counts } = (await acme(() =>
      shipped.source.getRepository(Project).restore({ id: one.id }),
    )) as ActResult;

    expect(deleted).toMatchObject({ affected: 2, counts: { Project: 2, Agent: 2 } });
    expect(counts).toEqual({ Project: 2, Agent: 2 });
    expect(await living(Agent, { projectId: one.id })).toBe(1);
    expect(await living(Agent, { projectId: two.id })).toBe(1);
    expect(await living(Agent, { projectId: before.id })).toBe(0);
  });

  it('restores one row without those that were deleted one by one', async () => {
    const project = await newProject();
    const [one, two] = [await newAgent(project.id), await newAgent(project.id)];
    await acme(() => agents.delete(one.id));
    await acme(() => agents.delete(two.id));

    await acme(() => agents.restore(one.id));

    expect(await living(Agent, { projectId: project.id })).toBe(1);
  });

  it('refuses to restore a part of an act while the whole is deleted', async () => {
    const project = await newProject();
    const [agent] = [await newAgent(project.id), await newAgent(project.id)];
    await acme(() => projects.delete(project.id));

    const attempt = acme(() => agents.restore(agent.id));

    await expect(attempt).rejects.toBeInstanceOf(TransitionRefusedError);
    await expect(attempt).rejects.toThrow(/Restore the Project/);
    expect(await living(Agent, { projectId: project.id })).toBe(0);
  });

  it('refuses to restore a row whose owner was deleted after it', async () => {
    const project = await newProject();
    const agent = await newAgent(project.id);
    await acme(() => agents.delete(agent.id));
    await acme(() => projects.delete(project.id));

    await expect(acme(() => agents.restore(agent.id))).rejects.toBeInstanceOf(
      TransitionRefusedError,
    );
    await acme(() => projects.restore(project.id));
    await acme(() => agents.restore(agent.id));
    expect(await living(Agent, { projectId: project.id })).toBe(1);
  });

  it('restores a row that raw SQL deleted, without any batch', async () => {
    const project = await newProject();
    await acme(() =>
      shipped.source.query('update projects set deleted_at = now() where id = $1', [project.id]),
    );

    await expect(acme(() => projects.restore(project.id))).resolves.toMatchObject({
      id: project.id,
      deletedAt: null,
    });
  });

  it('answers with the row where there is nothing to restore', async () => {
    const project = await newProject();

    const restored = await acme(() => projects.restore(project.id));

    expect(restored).toMatchObject({ id: project.id, version: project.version });
  });

  it('restores nothing at all where one of the rows cannot come back', async () => {
    const study = await newStudy();
    const [first = ''] = study.jobs;
    await acme(() => jobs.delete(first));
    await acme(() => jobs.createFromManifest(study.id, [{ key: 'a' }]));

    const error = await acme(() => jobs.restore(first)).catch((one: unknown) => one);

    expect(isUniqueViolation(error)).toBe(true);
    expect(await living(Result, { jobId: first })).toBe(0);
  });

  it('lets one of two who delete at once succeed', async () => {
    const project = await newProject();
    await newAgent(project.id);

    const both = await Promise.allSettled([
      acme(() => projects.delete(project.id)),
      acme(() => projects.delete(project.id)),
    ]);

    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    await acme(() => projects.restore(project.id));
    expect(await living(Agent, { projectId: project.id })).toBe(1);
  });

  it('deletes and restores nothing of another tenant', async () => {
    const project = await newProject();

    await expect(as(GLOBEX, () => projects.delete(project.id))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    await acme(() => projects.delete(project.id));
    await expect(as(GLOBEX, () => projects.restore(project.id))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    expect(await living(Project, { id: project.id })).toBe(0);
  });

  it('refuses to delete an entry of the ledger', async () => {
    const costs = new CostRepository(shipped.source);
    const project = await newProject();
    const cost = await acme(() =>
      costs.create({ projectId: project.id, amount: '1', model: 'm', provider: 'p' }),
    );

    for (const attempt of [
      () => costs.delete(cost.id),
      () => costs.restore(cost.id),
      () => costs.update(cost.id, { amount: '2' }),
      () => costs.hardDelete(cost.id),
    ]) {
      await expect(acme<unknown>(attempt)).rejects.toBeInstanceOf(StatementRefusedError);
    }
    await expect(acme(() => costs.getById(cost.id))).resolves.toMatchObject({ amount: '1.000000' });
  });

  it.each(['no id', '', undefined, null, 7])('refuses %j as an id', async (id) => {
    const isTyped = (error: unknown) =>
      error instanceof InvalidInputError || error instanceof RowNotFoundError;

    for (const attempt of [
      () => projects.delete(id as never),
      () => projects.restore(id as never),
    ]) {
      expect(isTyped(await acme<unknown>(attempt).catch((one: unknown) => one))).toBe(true);
    }
  });
});
