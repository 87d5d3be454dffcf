import type { SelectQueryBuilder } from 'typeorm';
import type { CostRecord } from '../../entities/costs/cost-record.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedTimes } from '../../validation/checked-times.js';

/** Which costs are added up. Default: all of the tenant's. */
export interface CostFilter {
  readonly projectId?: string;
  readonly studyId?: string;
  /** The first moment that counts. */
  readonly from?: Date;
  /** The first moment that counts no more. */
  readonly until?: Date;
}

/** One sum a currency, as text: `{ USD: '0.045000', EUR: '1.200000' }`. Nothing spent: `{}`. */
export type MoneyByCurrency = Readonly<Record<string, string>>;

export interface CostTotal {
  readonly currency: string;
  readonly amount: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly records: number;
}

type RawTotal = Record<keyof CostTotal, string> & { group: string };

/** Adds up by currency always, so that two currencies are never in one sum. */
export async function totalsBy(
  builder: SelectQueryBuilder<CostRecord>,
  group: string,
  filter: CostFilter,
): Promise<(CostTotal & { readonly group: string })[]> {
  const rows = await confined(builder, filter)
    .select(group, 'group')
    .addSelect('cost.currency', 'currency')
    .addSelect('SUM(cost.amount)', 'amount')
    .addSelect('COALESCE(SUM(cost.inputTokens), 0)', 'inputTokens')
    .addSelect('COALESCE(SUM(cost.outputTokens), 0)', 'outputTokens')
    .addSelect('COUNT(*)', 'records')
    .groupBy(group)
    .addGroupBy('cost.currency')
    .orderBy(group)
    .addOrderBy('cost.currency')
    .getRawMany<RawTotal>();
  return rows.map((row) => ({
    group: row.group,
    currency: row.currency,
    amount: row.amount,
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    records: Number(row.records),
  }));
}

export async function totalByCurrency(
  builder: SelectQueryBuilder<CostRecord>,
  filter: CostFilter,
): Promise<MoneyByCurrency> {
  const rows = await confined(builder, filter)
    .select('cost.currency', 'currency')
    .addSelect('SUM(cost.amount)', 'amount')
    .groupBy('cost.currency')
    .orderBy('cost.currency')
    .getRawMany<{ currency: string; amount: string }>();
  return Object.fromEntries(rows.map((row) => [row.currency, row.amount]));
}

function confined(
  builder: SelectQueryBuilder<CostRecord>,
  filter: CostFilter,
): SelectQueryBuilder<CostRecord> {
  const { projectId, studyId, from, until } = checkedObject('filter', filter);
  checkNames({ projectId, studyId });
  checkedTimes({ from, to: until });
  if (projectId !== undefined) builder.andWhere('cost.projectId = :projectId', { projectId });
  if (studyId !== undefined) builder.andWhere('cost.studyId = :studyId', { studyId });
  if (from !== undefined) builder.andWhere('cost.occurredAt >= :from', { from });
  if (until !== undefined) builder.andWhere('cost.occurredAt < :until', { until });
  return builder;
}

/** Left out, it would be the sum of everything. */
export function requiredId(name: string, id: unknown): string {
  checkNames({ [name]: id ?? null });
  return id as string;
}

function checkNames(names: Readonly<Record<string, unknown>>): void {
  for (const [name, id] of Object.entries(names)) {
    if (id === undefined || typeof id === 'string') continue;
    throw new InvalidInputError({
      problem: `${name} is no id`,
      mend: 'Pass a UUID; leave it out of a filter for the costs of all',
    });
  }
}
