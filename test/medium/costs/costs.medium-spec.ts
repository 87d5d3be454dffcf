import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DomainNotInstalledError,
  InvalidInputError,
  RowNotFoundError,
  StatementRefusedError,
  TenantContext,
  isCheckViolation,
} from 'nestjs-rowguard';
import { CostRecord } from '../../../src/entities/costs/cost-record.entity.js';
import type { NewCost } from '../../../src/repositories/costs/cost-input.js';
import { CostRepository } from '../../../src/repositories/costs/cost.repository.js';
import { ProjectRepository } from '../../../src/repositories/projects/project.repository.js';
import { JobRepository } from '../../../src/repositories/studies/job.repository.js';
import { StudyRepository } from '../../../src/repositories/studies/study.repository.js';
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
const NOBODY = '0190a000-0000-7000-8000-00000000ffff';
const COST = { amount: '1', model: 'gpt-4o', provider: 'openai' };

describe.each(ENGINES)('the ledger of costs on %s', (_, open) => {
  let shipped: ShippedSource;
  let costs: CostRepository;
  let projects: ProjectRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await open(['studies', 'projects']);
    costs = new CostRepository(shipped.source);
    projects = new ProjectRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('adds up nothing for a project or study that was not named: it would be the sum of all', async () => {
    for (const bad of [undefined, null, 7, {}]) {
      const id = bad as unknown as string;
      await expect(acme(() => costs.getTotalCostByProject(id))).rejects.toThrow(InvalidInputError);
      await expect(acme(() => costs.getTotalCostByStudy(id))).rejects.toThrow(InvalidInputError);
      const cost = { ...COST, projectId: bad ?? 7 } as unknown as NewCost;
      await expect(acme(() => costs.create(cost))).rejects.toThrow(InvalidInputError);
    }
    const never = { from: new Date(NaN) };
    await expect(acme(() => costs.getTotalsByDay(never))).rejects.toThrow(InvalidInputError);
  });

  const newProject = async (tenantId = ACME, userId = ANNA) =>
    (await as(tenantId, () => projects.create({ name: 'P', path: '/', userId }))).id;

  async function newStudy() {
    return acme(async () => {
      const { id } = await new StudyRepository(shipped.source).create({ name: 'S' });
      const [job] = await new JobRepository(shipped.source).createFromManifest(id, [{ key: 'a' }]);
      return { studyId: id, jobId: job?.id ?? '' };
    });
  }

  it('create writes a cost of a project, or of a study and a job of it', async () => {
    const projectId = await newProject();
    const { studyId, jobId } = await newStudy();
    const occurredAt = new Date('2026-02-03T04:05:06.789Z');

    const one = await acme(() =>
      costs.create({ ...COST, projectId, inputTokens: 9_007_199_254_740_991, occurredAt }),
    );
    const two = await acme(() => costs.create({ ...COST, studyId, jobId, amount: 0.000001 }));

    await expect(acme(() => costs.getById(one.id))).resolves.toMatchObject({
      projectId,
      studyId: null,
      amount: '1.000000',
      currency: 'USD',
      inputTokens: 9_007_199_254_740_991,
      outputTokens: null,
      occurredAt,
    });
    await expect(acme(() => costs.getById(two.id))).resolves.toMatchObject({
      studyId,
      jobId,
      amount: '0.000001',
    });
  });

  it('bulkCreateCosts writes any number, all or none', async () => {
    const projectId = await newProject();
    const many: NewCost[] = Array.from({ length: 6_000 }, () => ({ ...COST, projectId }));

    const written = await acme(() => costs.bulkCreateCosts(many));
    const attempt = acme(() => costs.bulkCreateCosts([...many, { ...COST, projectId: NOBODY }]));

    expect(written).toHaveLength(6_000);
    await expect(attempt).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
      given: { entity: 'Project', entries: [6_000] },
    });
    await expect(acme(() => costs.getTotalCostByProject(projectId))).resolves.toEqual({
      USD: '6000.000000',
    });
    await expect(acme(() => costs.bulkCreateCosts([]))).resolves.toEqual([]);
  });

  it('tells all bad entries of a list at once, each by its index', async () => {
    const projectId = await newProject();
    const { studyId, jobId } = await newStudy();
    const bad: unknown[] = [
      { ...COST, projectId },
      COST,
      { ...COST, projectId, studyId },
      { ...COST, projectId, jobId },
      { ...COST, projectId, amount: '1.1234567' },
      { ...COST, projectId, amount: Number.NaN },
      { ...COST, projectId, amount: 1e12 },
      { ...COST, projectId, amount: 1e-9 },
      { ...COST, projectId, amount: '1e3' },
      { projectId, amount: '1' },
      null,
      'text',
    ];

    const attempt = acme(() => costs.insertMany(bad as NewCost[]));

    const error = (await attempt.catch((one: unknown) => one)) as InvalidInputError;
    expect(error).toBeInstanceOf(InvalidInputError);
    const { entries } = error.given as { entries: { index: number }[] };
    expect(entries.map((one) => one.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11]);
    await expect(acme(() => costs.getTotalCostByProject(projectId))).resolves.toEqual({});
  });

  it.each([undefined, null, {}, 'text'])('refuses %j as a list of costs', async (list) => {
    await expect(acme(() => costs.bulkCreateCosts(list as never))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('refuses a cost of what is not there, or is another tenant’s, or a job of another study', async () => {
    const foreign = await newProject(GLOBEX, GUSTAV);
    const { studyId } = await newStudy();
    const other = await newStudy();

    for (const subject of [
      { projectId: NOBODY },
      { projectId: foreign },
      { studyId: NOBODY },
      { studyId, jobId: NOBODY },
      { studyId, jobId: other.jobId },
    ]) {
      await expect(acme(() => costs.create({ ...COST, ...subject }))).rejects.toBeInstanceOf(
        RowNotFoundError,
      );
    }
    await expect(acme(() => costs.create({ ...COST, projectId: 'no id' }))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
    await expect(
      acme(() => costs.create({ ...COST, projectId: foreign.toUpperCase() })),
    ).rejects.toBeInstanceOf(RowNotFoundError);
  });

  it('takes a cost that comes in after its project was deleted', async () => {
    const projectId = await newProject();
    await acme(() => projects.delete(projectId));

    await acme(() => costs.create({ ...COST, projectId: projectId.toUpperCase() }));

    await expect(acme(() => costs.getTotalCostByProject(projectId))).resolves.toEqual({
      USD: '1.000000',
    });
  });

  it('getTotalCostByProject and getTotalCostByStudy add up exactly, each currency for itself', async () => {
    const projectId = await newProject();
    const { studyId } = await newStudy();
    await acme(() =>
      costs.bulkCreateCosts([
        { ...COST, projectId, amount: '0.1' },
        { ...COST, projectId, amount: '0.2' },
        { ...COST, projectId, amount: '-0.05' },
        { ...COST, projectId, amount: '7', currency: 'EUR' },
        { ...COST, studyId, amount: '100000000000.000001' },
        { ...COST, studyId, amount: '0.000001' },
      ]),
    );

    await expect(acme(() => costs.getTotalCostByProject(projectId))).resolves.toEqual({
      EUR: '7.000000',
      USD: '0.250000',
    });
    await expect(acme(() => costs.getTotalCostByStudy(studyId))).resolves.toEqual({
      USD: '100000000000.000002',
    });
    await expect(as(GLOBEX, () => costs.getTotalCostByProject(projectId))).resolves.toEqual({});
  });

  it('tells totals by model, by provider and by day, each currency for itself', async () => {
    const projectId = await newProject();
    const late = new Date('2026-01-31T23:59:59.999Z');
    const next = new Date('2026-02-01T00:00:00.000Z');
    await acme(() =>
      costs.bulkCreateCosts([
        { ...COST, projectId, inputTokens: 10, outputTokens: 1, occurredAt: late },
        { ...COST, projectId, inputTokens: 5, occurredAt: next },
        { ...COST, projectId, currency: 'EUR', occurredAt: next },
        {
          amount: '3',
          model: 'claude-sonnet-4-5',
          provider: 'anthropic',
          projectId,
          occurredAt: next,
        },
      ]),
    );
    const filter = { projectId };

    const [byModel, byProvider, byDay, inTime] = await acme(async () => [
      await costs.getTotalsByModel(filter),
      await costs.getTotalsByProvider(filter),
      await costs.getTotalsByDay(filter),
      await costs.getTotalsByDay({ ...filter, from: late, until: next }),
    ]);

    const none = { inputTokens: 0, outputTokens: 0 };
    expect(byModel).toEqual([
      { model: 'claude-sonnet-4-5', currency: 'USD', amount: '3.000000', records: 1, ...none },
      { model: 'gpt-4o', currency: 'EUR', amount: '1.000000', records: 1, ...none },
      {
        model: 'gpt-4o',
        currency: 'USD',
        amount: '2.000000',
        records: 2,
        inputTokens: 15,
        outputTokens: 1,
      },
    ]);
    expect(byProvider).toMatchObject([
      { provider: 'anthropic', amount: '3.000000' },
      { provider: 'openai', currency: 'EUR' },
      { provider: 'openai', currency: 'USD', amount: '2.000000' },
    ]);
    expect(byDay).toMatchObject([
      { day: '2026-01-31', currency: 'USD', amount: '1.000000' },
      { day: '2026-02-01', currency: 'EUR', amount: '1.000000' },
      { day: '2026-02-01', currency: 'USD', amount: '4.000000' },
    ]);
    expect(inTime).toMatchObject([{ day: '2026-01-31', records: 1 }]);
  });

  it('holds in the database itself what a cost may speak of', async () => {
    const { studyId, jobId } = await newStudy();
    const projectId = await newProject();
    const { manager } = shipped.source;

    for (const subject of [{}, { projectId, studyId }, { projectId, jobId }]) {
      const error = await acme(() => manager.insert(CostRecord, { ...COST, ...subject })).catch(
        (one: unknown) => one,
      );
      expect(isCheckViolation(error)).toBe(true);
    }
  });

  it('changes and deletes nothing', async () => {
    const projectId = await newProject();
    const { id } = await acme(() => costs.create({ ...COST, projectId }));

    for (const attempt of [
      () => costs.update(id, { amount: '2' }),
      () => costs.delete(id),
      () => costs.hardDelete(id),
    ]) {
      await expect(acme<unknown>(attempt)).rejects.toBeInstanceOf(StatementRefusedError);
    }
  });
});

it('says which domain is missing where a cost speaks of it', async () => {
  const shipped = await openShipped(['studies']);
  const costs = new CostRepository(shipped.source);

  const attempt = TenantContext.run({ tenantId: ACME }, () =>
    costs.create({ ...COST, projectId: NOBODY }),
  );

  await expect(attempt).rejects.toBeInstanceOf(DomainNotInstalledError);
  await shipped.close();
});
