import type { EntityManager, EntityMetadata, UpdateResult } from 'typeorm';
import { uuidV7 } from '../../entities/uuid-v7.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { LIVING, updateOf } from '../../predicate/deletion-form.js';
import { quoteName } from '../../schema/sql.js';
import type { RowCounts } from '../act-result.js';
import {
  type ActBuilder,
  OWNER,
  isOwnedBy,
  namesOwner,
  restorationOf,
  tablePath,
} from '../act-sql.js';
import { type DeletePlan, isSameTable } from '../delete-plan.js';
import type { OwnerReference } from '../owner-reference.js';
import {
  OF_THESE_ACTS,
  RestoreSurvey,
  type Stranded,
  type Survey,
  isOfAnotherAct,
} from './restore-survey.js';

const DELETION = ['"deleted_at"', '"deleted_by"', '"delete_batch"', '"delete_reason"'];

/** Brings back all rows that some acts deleted, and nothing else. */
export class RestoreAct {
  private readonly survey: RestoreSurvey;

  constructor(
    private readonly plan: DeletePlan,
    private readonly manager: EntityManager,
    readonly batches: string[],
    tables: readonly EntityMetadata[],
  ) {
    this.survey = new RestoreSurvey(plan, tables);
  }

  /** Looks over what there is. Refuses what could not live, or reaches for what it needs as well. */
  async prepare(withParents: boolean): Promise<Survey> {
    for (;;) {
      const found = await this.survey.ask(this.manager, this.batches);
      const rooted = found.stranded.filter((one) => one.roots > 0);
      if (rooted.length === 0) {
        return (await this.leaveBehind(found.stranded))
          ? this.survey.ask(this.manager, this.batches)
          : found;
      }
      if (!withParents) throw withoutOwner((rooted[0] as Stranded).reference);
      for (const one of rooted) await this.reachFor(one);
    }
  }

  /** The rows of one table; `builder` says for whom, and its own condition does not count. */
  async revive(builder: ActBuilder, counts: RowCounts): Promise<UpdateResult> {
    const { metadata } = builder;
    const condition = builder.confined(metadata, undefined, OF_THESE_ACTS);
    const form = updateOf(metadata, LIVING, true);
    const result = await builder
      .setParameters({ rowguard_batches: this.batches })
      .executeAs((parts) => form({ ...parts, condition: `( ${condition} )` }));
    counts.add(metadata.name, result.affected);
    return result;
  }

  /** The act of an owner comes back as well; an owner that nobody deleted in one gets an act of its own. */
  private async reachFor({ reference, batches }: Stranded): Promise<void> {
    for (const batch of batches) {
      if (batch === null) await this.adopt(reference);
      else if (!this.batches.includes(batch)) this.batches.push(batch);
    }
  }

  private async adopt(reference: OwnerReference): Promise<void> {
    const batch = uuidV7();
    const { child, owner } = reference;
    const builder = restorationOf(this.manager, owner);
    const row = '"rowguard_child"';
    const names = `${isOwnedBy(reference, row, tablePath(owner))} AND ${row}.${OF_THESE_ACTS}`;
    const children = builder.signed(
      `SELECT FROM ${tablePath(child)} AS ${row} WHERE ${builder.confined(child, 'rowguard_child', names)}`,
    );
    await beginAct(builder.where(`EXISTS (${children})`), batch, this.batches);
    this.batches.push(batch);
  }

  /** What came along, and has an owner that another act deleted since, goes over to that act. */
  private async leaveBehind(stranded: readonly Stranded[]): Promise<boolean> {
    let left = stranded.map((one) => one.reference);
    const hasLeft = left.length > 0;
    while (left.length > 0) {
      const moved: EntityMetadata[] = [];
      for (const reference of left) {
        if (await this.move(reference)) moved.push(reference.child);
      }
      left = this.survey.references.filter(({ owner }) =>
        moved.some((one) => isSameTable(one, owner)),
      );
    }
    return hasLeft;
  }

  private async move(reference: OwnerReference): Promise<number> {
    const { child, owner } = reference;
    const builder = restorationOf(this.manager, child);
    builder.setParameters({ rowguard_batches: this.batches });
    const row = tablePath(child);
    // By the key of the owner, and by hashes: both may be a hundred thousand, which PostgreSQL takes for one.
    const own = builder.confined(owner, 'rowguard_owner', isOwnedBy(reference, row, OWNER));
    const values = builder.signed(
      `SELECT ${DELETION.map((one) => `${OWNER}.${one}`).join(', ')} FROM ${tablePath(owner)} AS ${OWNER} WHERE ${own}`,
    );
    const others = namesOwner(builder, reference, row, isOfAnotherAct(owner), Infinity);
    builder.where(`${row}.${OF_THESE_ACTS} AND ${others}`);
    const { affected } = await builder.send(
      ({ table, condition, where, returning }) =>
        `UPDATE ${table} SET (${DELETION.join(', ')}) = (${values})${where(condition)}${returning}`,
      true,
    );
    return affected ?? 0;
  }
}

/** Gives deleted rows of which no act is known one, so that they are found by it. */
export async function beginAct(
  builder: ActBuilder,
  batch: string,
  batches: readonly string[] = [],
): Promise<void> {
  const deletedAt = quoteName(builder.metadata.deleteDateColumn?.databaseName ?? '');
  builder.setParameters({ rowguard_batch: batch, rowguard_batches: batches });
  await builder.send(
    ({ table, condition, where, returning }) =>
      `UPDATE ${table} SET "delete_batch" = :rowguard_batch${where(`${condition} AND ${deletedAt} IS NOT NULL AND "delete_batch" IS NULL`)}${returning}`,
    true,
  );
}

export function withoutOwner({ child, owner }: OwnerReference): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: `This ${child.name} cannot come back while its ${owner.name} is deleted`,
    mend: `Restore the ${owner.name}, which brings back what was deleted with it, or ask for { withParents: true }`,
    given: { entity: child.name, owner: owner.name },
  });
}
