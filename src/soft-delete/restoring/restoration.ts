import { type EntityMetadata, UpdateResult } from 'typeorm';
import { uuidV7 } from '../../entities/uuid-v7.js';
import { described } from '../../errors/described-value.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { UniqueViolationError } from '../../errors/unique-violation.error.js';
import { LIVING, updateOf } from '../../predicate/deletion-form.js';
import { type ActResult, RowCounts } from '../act-result.js';
import { type ActBuilder, restorationOf } from '../act-sql.js';
import { type DeletePlan, isSameTable } from '../delete-plan.js';
import { tellEntities } from '../entity-state.js';
import { namedRows } from './named-rows.js';
import { RestoreAct, beginAct, withoutOwner } from './restore-act.js';
import { restoreConflict } from './restore-conflict.js';
import { type Survey, ownersFirst, reachableOwners } from './restore-survey.js';

/** Restores rows with the acts that deleted them: exactly what went together comes back together. */
export class Restoration {
  private act: RestoreAct | undefined;

  constructor(private readonly plan: DeletePlan) {}

  /** The acts of the rows that a builder was asked for. */
  restore(builder: ActBuilder): Promise<ActResult> {
    return this.whole(builder, () => this.restoreNamed(builder));
  }

  restoreActs(
    builder: ActBuilder,
    batches: string[],
    tables: readonly EntityMetadata[],
  ): Promise<ActResult> {
    return this.whole(builder, async () => {
      const { act, survey } = await this.prepared(builder, batches, tables);
      return this.revive(builder, act, survey, 0);
    });
  }

  private async restoreNamed(builder: ActBuilder): Promise<ActResult> {
    const { metadata } = builder;
    const others = reachableOwners(this.plan, metadata).filter(
      (one) => !isSameTable(one.owner, metadata),
    );
    const named = await namedRows(builder, others);
    if (named.count === 0) return new RowCounts().asResult(nothing(), undefined);
    const { withParents = false } = builder.actOptions;
    if (named.follows && !withParents) throw withoutOwner(named.follows);
    const batches = [...named.batches];
    if (named.areUnknown) {
      batches.push(uuidV7());
      await beginAct(builder, batches.at(-1) as string);
    }
    const { act, survey } = await this.prepared(builder, batches, this.plan.reach(metadata));
    return this.revive(builder, act, survey, named.count);
  }

  private async revive(
    builder: ActBuilder,
    act: RestoreAct,
    survey: Survey,
    named: number,
  ): Promise<ActResult> {
    const counts = new RowCounts();
    let result = nothing();
    for (const table of ownersFirst([...survey.rows.keys()], this.plan)) {
      if (table !== builder.metadata) {
        await act.revive(restorationOf(builder.manager, table), counts);
      } else if (builder.entities.length === 0) {
        result = await act.revive(builder, counts);
      } else if (survey.rows.get(table) === named) {
        result = await builder.executeAs(updateOf(table, LIVING, true));
        counts.add(table.name, result.affected);
      } else {
        // An entity that waits for the columns of its row is answered with those of no other.
        result = await act.revive(restorationOf(builder.manager, table), counts);
        await tellEntities(builder, result);
      }
    }
    return counts.asResult(result, act.batches[0]);
  }

  private async prepared(
    builder: ActBuilder,
    batches: string[],
    tables: readonly EntityMetadata[],
  ): Promise<{ act: RestoreAct; survey: Survey }> {
    const act = new RestoreAct(this.plan, builder.manager, batches, tables);
    this.act = act;
    return { act, survey: await act.prepare(builder.actOptions.withParents === true) };
  }

  private async whole(builder: ActBuilder, work: () => Promise<ActResult>): Promise<ActResult> {
    checkWithParents(builder.actOptions.withParents);
    try {
      return await builder.atomically(work);
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error;
      const metadata = this.plan.tables.find((one) => one.tableName === error.table);
      if (!metadata || !this.act) throw error;
      throw await restoreConflict(builder.manager, metadata, this.act.batches, error);
    }
  }
}

function checkWithParents(given: unknown): void {
  if (given === undefined || typeof given === 'boolean') return;
  throw new InvalidInputError({
    problem: `withParents is neither true nor false (given: ${described(given)})`,
    mend: 'Say true for the rows that these cannot live without as well, or leave it out',
  });
}

function nothing(): UpdateResult {
  return Object.assign(new UpdateResult(), { raw: [], affected: 0 });
}
