import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, EntityMetadata, UpdateResult } from 'typeorm';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import type { ActOptions, DeleteActs } from '../predicate/delete-acts.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { plainDeletion } from '../predicate/deletion-form.js';
import { isUuid } from '../context/uuid.js';
import { type ActResult, RowCounts } from './act-result.js';
import { type ActBuilder, restorationOf } from './act-sql.js';
import { DeleteAct } from './delete-act.js';
import type { DeletePlan } from './delete-plan.js';
import { tellEntities } from './entity-state.js';
import { isDeletable } from './owner-reference.js';
import { Restoration } from './restoring/restoration.js';

interface RunningAct {
  readonly act: DeleteAct;
  /** Somebody around it undoes all of it, and looks over all of it at the end. */
  readonly isWhole: boolean;
}

/** Makes acts of soft deletes and restores, in whatever way they were asked for. */
export class SoftDeletes implements DeleteActs {
  private readonly running = new AsyncLocalStorage<RunningAct>();

  constructor(readonly plan: DeletePlan) {}

  async execute(builder: ActBuilder): Promise<UpdateResult> {
    const { metadata } = builder;
    if (!isDeletable(metadata)) {
      return builder.executeAs(plainDeletion(metadata, builder.restores));
    }
    const running = this.running.getStore();
    const result = builder.restores
      ? await new Restoration(this.plan).restore(builder)
      : await this.delete(builder, running);
    // TypeORM goes on to loaded rows that went with others already.
    if (running && result.affected === 0) await tellEntities(builder, result);
    return result;
  }

  async together<T>(
    manager: EntityManager,
    targets: readonly EntityMetadata[],
    work: () => Promise<T>,
    { reason }: ActOptions = {},
  ): Promise<T> {
    if (this.running.getStore()) return work();
    const act = new DeleteAct(this.plan, checkedReason(reason));
    if (targets.every((one) => this.plan.isAlone(one))) {
      return this.running.run({ act, isWhole: false }, work);
    }
    return manager.transaction(async (inner) => {
      const result = await this.running.run({ act, isWhole: true }, work);
      await act.finish(inner);
      return result;
    });
  }

  /** Brings back everything that one act deleted, in whatever tables. */
  async restoreBatch(
    manager: EntityManager,
    batch: string,
    options: ActOptions = {},
  ): Promise<ActResult> {
    if (!isUuid(batch)) throw noBatch();
    const { tables } = this.plan;
    const [first] = tables;
    if (!first) throw notFound('act of deleting');
    const builder = restorationOf(manager, first);
    builder.actOptions = options;
    const result = await new Restoration(this.plan).restoreActs(builder, [batch], tables);
    if (Object.keys(result.counts).length === 0) throw notFound('act of deleting');
    return result;
  }

  private async delete(builder: ActBuilder, running: RunningAct | undefined): Promise<ActResult> {
    const { metadata } = builder;
    if (this.plan.policyOf(metadata) === 'forbid') throw forbidden(metadata);
    const counts = new RowCounts();
    const reason = checkedReason(builder.actOptions.reason);
    const act = running?.act ?? new DeleteAct(this.plan, reason);
    const begun = async (): Promise<UpdateResult> => {
      const result = await act.begin(builder, counts);
      if (result.affected) await act.spread(builder.manager, metadata, counts);
      return result;
    };
    const finished = async (): Promise<UpdateResult> => {
      const result = await begun();
      if (result.affected) await act.finish(builder.manager);
      return result;
    };
    const isPart = running?.isWhole === true || this.plan.isAlone(metadata);
    const result = isPart ? await begun() : await builder.atomically(finished);
    return counts.asResult(result, result.affected ? act.batch : undefined);
  }
}

export function forbidden({ name }: EntityMetadata): StatementRefusedError {
  return new StatementRefusedError({
    problem: `A ${name} may not be deleted: its @SoftDelete says forbid`,
    mend: 'Give it a state that says that it is over; system work purges with hardDelete',
    given: { entity: name },
  });
}

function checkedReason(reason: unknown): string | undefined {
  if (reason === undefined || (typeof reason === 'string' && reason.trim() !== '')) return reason;
  throw new InvalidInputError({
    problem: 'The reason for deleting is no text',
    mend: "Say why in words, { reason: 'asked for by the customer' }, or leave it out",
  });
}

function noBatch(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The batch of an act is a UUID, and this is none',
    mend: 'Pass the deleteBatch of a deleted row, or the batch that deleting answered',
  });
}
