import type { DataSource, EntityManager } from 'typeorm';
import { Evidence } from '../../entities/studies/evidence.entity.js';
import { Result } from '../../entities/studies/result.entity.js';
import { ContentDamagedError } from '../../errors/content-damaged.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { DomainRepository, type NewRow, type RowChanges } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import { type NewEvidence, checkedEvidence, evidenceRow, sha256 } from './evidence-input.js';

const COMPUTED = ['content', 'contentHash', 'sizeBytes'];

/** Evidence whose content is hashed when it is written, and compared with that when it is read. */
export class EvidenceRepository extends DomainRepository<Evidence> {
  constructor(source: DataSource) {
    super(Evidence, source);
  }

  override async create(values: NewEvidence | NewRow<Evidence>): Promise<Evidence> {
    const [evidence] = await this.insertMany([values]);
    return evidence as Evidence;
  }

  /** Any number, all or none. Answers without the contents. */
  override insertMany(entries: readonly (NewEvidence | NewRow<Evidence>)[]): Promise<Evidence[]> {
    return this.transaction(async () => {
      const checked = checkedEvidence(entries);
      if (checked.length === 0) return [];
      const studies = await studiesOf(this.manager, checked);
      const rows = checked.map((one) => evidenceRow(one, studies.get(one.resultId) ?? ''));
      const made = await super.insertMany(rows as NewRow<Evidence>[]);
      for (const evidence of made) delete (evidence as Partial<Evidence>).content;
      return made;
    });
  }

  /** The evidence with its content; ContentDamagedError where that is not what was written. */
  async read(id: string): Promise<Evidence> {
    const evidence = await this.createQueryBuilder('evidence')
      .addSelect('evidence.content')
      .where('evidence.id = :id', { id })
      .getOne();
    if (!evidence) throw notFound(this.metadata.name);
    if (sha256(evidence.content) === evidence.contentHash) return evidence;
    throw new ContentDamagedError({
      problem: 'The content of this evidence is not what was written',
      mend: 'Do not rely on it: restore the row from a backup, and find out who can write to the table',
      given: { id: evidence.id, contentHash: evidence.contentHash },
    });
  }

  /** The evidence of a study whose content is not what was written; hashed by the database. */
  findDamaged(studyId: string): Promise<Evidence[]> {
    return this.createQueryBuilder('evidence')
      .where('evidence.studyId = :studyId', { studyId })
      .andWhere('evidence.contentHash <> encode(sha256(evidence.content), :form)', { form: 'hex' })
      .orderBy('evidence.id')
      .getMany();
  }

  /** Without the contents, as all lists. */
  findByResultId(resultId: string): Promise<Evidence[]> {
    return this.find({ where: { resultId }, order: { id: 'ASC' } });
  }

  findPageByStudyId(
    studyId: string,
    page: { readonly limit?: number; readonly after?: string } = {},
  ): Promise<KeysetPage<Evidence>> {
    return this.findPage({ ...page, where: { studyId } });
  }

  /** Evidence that could be exchanged would be none. */
  override async update(id: string, changes: RowChanges<Evidence>): Promise<Evidence> {
    const computed = COMPUTED.filter((name) => Object.hasOwn(changes ?? {}, name));
    if (computed.length === 0) return super.update(id, changes);
    throw new InvalidInputError({
      problem: `Evidence does not change its content (${computed.join(', ')})`,
      mend: 'Write new evidence, and delete what is wrong',
    });
  }
}

/** The study of each result, in one statement; the results are held until the evidence is there. */
async function studiesOf(
  manager: EntityManager,
  entries: readonly NewEvidence[],
): Promise<Map<string, string>> {
  const ids = [...new Set(entries.map((entry) => entry.resultId))];
  const results = await manager
    .createQueryBuilder(Result, 'result')
    .select(['result.id', 'result.studyId'])
    .where('result.id = ANY(:ids)', { ids })
    .orderBy('result.id')
    .setLock('pessimistic_read')
    .getMany();
  const found = new Map(results.map((result) => [result.id, result.studyId]));
  const studies = new Map<string, string>();
  for (const id of ids) {
    const studyId = found.get(id.toLowerCase());
    if (studyId === undefined) throw notFound('Result');
    studies.set(id, studyId);
  }
  return studies;
}
