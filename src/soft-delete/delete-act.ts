import type { EntityManager, EntityMetadata, UpdateResult } from 'typeorm';
import { currentScope } from '../context/unit-store.js';
import { uuidV7 } from '../entities/uuid-v7.js';
import { RowReferencedError } from '../errors/row-referenced.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { BATCH, DELETED, updateOf } from '../predicate/deletion-form.js';
import { RowCounts } from './act-result.js';
import {
  type ActBuilder,
  OWNER,
  deletionOf,
  isLiving,
  lockedFirst,
  namesOwner,
  tablePath,
} from './act-sql.js';
import type { DeletePlan } from './delete-plan.js';
import type { OwnerReference } from './owner-reference.js';

const OF_THIS_ACT = `${OWNER}."delete_batch" = ${BATCH}`;
const CHILD = '"rowguard_child"';

/** Rows that are deleted as one: level by level, each with what names the level above. */
export class DeleteAct {
  readonly batch = uuidV7();
  private readonly values: Readonly<Record<string, string | null>>;
  private readonly touched = new Map<string, { readonly metadata: EntityMetadata; rows: number }>();

  constructor(
    private readonly plan: DeletePlan,
    reason: string | undefined,
  ) {
    this.values = {
      rowguard_batch: this.batch,
      rowguard_deleted_by: actor(),
      rowguard_delete_reason: reason ?? null,
    };
  }

  /** The rows that were asked for, and nothing else. */
  async begin(builder: ActBuilder, counts: RowCounts): Promise<UpdateResult> {
    const { metadata } = builder;
    const locks = this.plan.isAlone(metadata) ? undefined : lockedFirst(builder);
    const result = await builder
      .setParameters(this.values)
      .executeAs(updateOf(metadata, DELETED, false, locks));
    const rows = counts.add(metadata.name, result.affected);
    if (rows > 0 && currentScope()?.kind === 'tenant' && this.plan.isOwnerForAll(metadata))
      throw notForATenant(metadata);
    if (rows > 0)
      this.touched.set(metadata.tablePath, { metadata, rows: rows + this.rowsOf(metadata) });
    return result;
  }

  /** Goes on as long as rows are found, so that references may run in a circle. */
  async spread(manager: EntityManager, root: EntityMetadata, counts: RowCounts): Promise<void> {
    for (let level = [root]; level.length > 0;) {
      const next = new Map<string, EntityMetadata>();
      for (const reference of level.flatMap((owner) => this.plan.below(owner, 'cascade'))) {
        const affected = await this.take(manager, reference, counts);
        if (affected > 0) next.set(reference.child.tablePath, reference.child);
      }
      level = [...next.values()];
    }
  }

  /** What is left to do once everything is deleted. Refuses the act where living rows are in its way. */
  async finish(manager: EntityManager): Promise<void> {
    const owners = [...this.touched.values()].map((one) => one.metadata);
    for (const reference of owners.flatMap((owner) => this.plan.below(owner, 'setNull'))) {
      await this.letGo(manager, reference);
    }
    const restricting = owners.flatMap((owner) => this.plan.below(owner, 'restrict'));
    const [first] = restricting;
    if (!first) return;
    const builder = deletionOf(manager, first.owner).setParameters(this.values) as ActBuilder;
    const { records } = await builder.send(() => this.livingBelow(builder, restricting));
    const found = restricting[(records as { at: number }[])[0]?.at ?? -1];
    if (found) throw stillReferenced(found);
  }

  private async take(
    manager: EntityManager,
    reference: OwnerReference,
    counts: RowCounts,
  ): Promise<number> {
    const builder = deletionOf(manager, reference.child);
    const row = tablePath(reference.child);
    builder.where(this.isBelow(builder, reference, row));
    const { affected } = await this.begin(builder, counts);
    return affected ?? 0;
  }

  private async letGo(manager: EntityManager, reference: OwnerReference): Promise<void> {
    const builder = deletionOf(manager, reference.child).setParameters(this.values) as ActBuilder;
    const row = tablePath(reference.child);
    await manager
      .createQueryBuilder()
      .update(reference.child.target)
      .set({ [reference.property]: null } as never)
      .where(this.isBelow(builder, reference, row))
      .setParameters(this.values)
      .execute();
  }

  private isBelow(builder: ActBuilder, reference: OwnerReference, row: string): string {
    return namesOwner(builder, reference, row, OF_THIS_ACT, this.rowsOf(reference.owner));
  }

  private rowsOf({ tablePath: path }: EntityMetadata): number {
    return this.touched.get(path)?.rows ?? 0;
  }

  private livingBelow(builder: ActBuilder, references: readonly OwnerReference[]): string {
    const parts = references.map((reference, at) => {
      const { child } = reference;
      const names = this.isBelow(builder, reference, CHILD);
      const condition = builder.confined(
        child,
        'rowguard_child',
        `${isLiving(child, CHILD)} AND ${names}`,
      );
      const rows = builder.signed(`SELECT FROM ${tablePath(child)} AS ${CHILD} WHERE ${condition}`);
      return builder.signed(`SELECT ${at} AS "at" WHERE EXISTS (${rows})`);
    });
    return `${parts.join(' UNION ALL ')} LIMIT 1`;
  }
}

function actor(): string | null {
  const scope = currentScope();
  return scope?.actorId ?? null;
}

function notForATenant({ name }: EntityMetadata): StatementRefusedError {
  return new StatementRefusedError({
    problem: `Rows of other tenants may hang on a ${name}, and would be left below a deleted one; nothing was deleted`,
    mend: 'Delete it inside TenantContext.runAsSystem(reason, work), which reaches all of them',
    given: { entity: name },
  });
}

function stillReferenced({ child, owner, property }: OwnerReference): RowReferencedError {
  const violated = {
    constraint: undefined,
    table: child.tableName,
    properties: [property],
    meaning: `a living ${child.name} still refers to the ${owner.name} by ${property}`,
  };
  return new RowReferencedError(violated, undefined, {
    problem: `Nothing was deleted: ${violated.meaning}`,
    mend: `Delete the ${child.name} first, let it name another ${owner.name}, or say @SoftDelete('cascade') on ${property}`,
  });
}
