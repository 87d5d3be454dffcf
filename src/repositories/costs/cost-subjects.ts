import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { Project } from '../../entities/projects/project.entity.js';
import { Job } from '../../entities/studies/job.entity.js';
import { Study } from '../../entities/studies/study.entity.js';
import { DomainNotInstalledError } from '../../errors/domain-not-installed.error.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import type { CheckedCost } from './cost-input.js';

type Subject = 'projectId' | 'studyId' | 'jobId';
type Row = ObjectLiteral & { id: string; studyId?: string };

const SUBJECTS: readonly [Subject, new () => Row][] = [
  ['projectId', Project],
  ['studyId', Study],
  ['jobId', Job],
];

/**
 * What no foreign key checks: that each cost speaks of something that this tenant has. One
 * statement a kind, however many costs. A deleted row counts, since the money was spent all the
 * same; the rows are held, so that none is purged before the costs are written.
 */
export async function requireSubjects(
  manager: EntityManager,
  costs: readonly CheckedCost[],
): Promise<void> {
  for (const [property, entity] of SUBJECTS) {
    const ids = new Set(costs.flatMap((cost) => cost[property]?.toLowerCase() ?? []));
    if (ids.size === 0) continue;
    const rows = await held(manager, entity, [...ids]);
    const known = new Map(rows.map((row) => [row.id, row]));
    const strangers = costs.flatMap((cost, index) => (belongs(cost, property, known) ? [] : index));
    if (strangers.length > 0) throw notThere(entity.name, strangers);
  }
}

function belongs(cost: CheckedCost, property: Subject, known: ReadonlyMap<string, Row>): boolean {
  const id = cost[property];
  if (!id) return true;
  const row = known.get(id.toLowerCase());
  if (property !== 'jobId') return row !== undefined;
  return row?.studyId === cost.studyId?.toLowerCase();
}

function held(manager: EntityManager, entity: EntityTarget<Row>, ids: string[]): Promise<Row[]> {
  if (!manager.dataSource.hasMetadata(entity)) throw notInstalled(entity as new () => Row);
  const isJob = entity === Job;
  return manager
    .createQueryBuilder(entity, 'subject')
    .select(isJob ? ['subject.id', 'subject.studyId'] : ['subject.id'])
    .withDeleted()
    .where('subject.id = ANY(:ids)', { ids })
    .orderBy('subject.id')
    .setLock('for_key_share')
    .getMany();
}

function notThere(entity: string, entries: readonly number[]): RowNotFoundError {
  return new RowNotFoundError({
    problem: `A cost speaks of a ${entity} that the tenant does not have (${entries.length} of the costs)`,
    mend: 'Check the ids of the costs at given.entries, counted from 0; nothing was written',
    given: { entity, entries },
  });
}

function notInstalled(entity: new () => Row): DomainNotInstalledError {
  return new DomainNotInstalledError({
    problem: `${entity.name} is not part of the schema of this database, so nothing can cost anything there`,
    mend: "Name its domain in the option schema, or choose schema: 'all'",
    given: { entity: entity.name },
  });
}
