import assert from 'node:assert/strict';
import 'reflect-metadata';
import { TenantContext, createDataSource } from 'nestjs-rowguard';
import {
  DATABASE_TRIGGERS,
  JobRepository,
  Membership,
  MemoryRepository,
  ResultRepository,
  StudyRepository,
  Tenant,
  User,
  schema,
} from 'nestjs-rowguard/schema';

// The whole shipped schema, and one study from its manifest to its numbers.
const ACME = '0190a000-0000-7000-8000-00000000000a';
const GLOBEX = '0190b000-0000-7000-8000-00000000000b';
const ANNA = '0190a000-0000-7000-8000-0000000000a1';

const source = createDataSource({ embedded: 'memory', schema: 'all' });
await source.initialize();
assert.ok(Object.keys(DATABASE_TRIGGERS).length > 0);
for (const entity of Object.values(schema)) assert.ok(source.hasMetadata(entity), entity.name);

const studies = new StudyRepository(source);
const jobs = new JobRepository(source);
const results = new ResultRepository(source);
const memory = new MemoryRepository(source);
await TenantContext.runAsSystem('the first customers', async () => {
  await source.manager.insert(Tenant, [
    { id: ACME, name: 'Acme', slug: 'acme' },
    { id: GLOBEX, name: 'Globex', slug: 'globex' },
  ]);
  await source.manager.insert(User, { id: ANNA, name: 'Anna', email: 'anna@acme.example' });
  await source.manager.insert(Membership, { tenantId: ACME, id: ANNA, kind: 'owner' });
});

const studyId = await TenantContext.run({ tenantId: ACME }, async () => {
  const study = await studies.create({ name: 'Prices' });
  await jobs.createFromManifest(study.id, [{ key: 'a' }, { key: 'b' }]);
  await studies.updateState(study.id, 'running');
  for (const job of await jobs.claimNext(study.id, 10)) {
    await jobs.updateStatus(job.id, 'completed', { data: { price: '1.50' }, latencyMs: 12 });
  }
  assert.equal((await studies.countProgress(study.id)).completed, 2);
  await memory.insert({ content: 'prices rise', embedding: [1, 0, 0] });
  const [nearest] = await memory.search({ vector: [1, 0.1, 0], limit: 1 });
  assert.equal(nearest.item.content, 'prices rise');

  await studies.delete(study.id);
  assert.equal((await jobs.findByStudyId(study.id)).length, 0);
  await studies.restore(study.id);
  assert.equal((await jobs.findByStudyId(study.id)).length, 2);
  return study.id;
});

await TenantContext.run({ tenantId: GLOBEX }, async () => {
  assert.equal(await studies.findById(studyId), null);
  assert.equal(await results.count(), 0);
  assert.equal((await memory.search({ vector: [1, 0, 0] })).length, 0);
});
await source.destroy();
