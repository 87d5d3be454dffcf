import type { DataSource } from 'typeorm';
import { CostRecord } from '../../entities/costs/cost-record.entity.js';
import type { BulkOptions } from '../bulk-insert.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { type NewCost, checkedCosts } from './cost-input.js';
import { requireSubjects } from './cost-subjects.js';
import {
  type CostFilter,
  type CostTotal,
  type MoneyByCurrency,
  requiredId,
  totalByCurrency,
  totalsBy,
} from './cost-totals.js';

const DAY = "to_char(cost.occurredAt AT TIME ZONE 'UTC', 'YYYY-MM-DD')";

/** The ledger: entries are added and summed up, and never changed. */
export class CostRepository extends DomainRepository<CostRecord> {
  constructor(source: DataSource) {
    super(CostRecord, source);
  }

  override async create(cost: NewCost | NewRow<CostRecord>): Promise<CostRecord> {
    const [record] = await this.bulkCreateCosts([cost as NewCost]);
    return record as CostRecord;
  }

  /** Any number of costs, all or none. What they speak of is looked up in one statement a kind. */
  async bulkCreateCosts(costs: readonly NewCost[], options?: BulkOptions): Promise<CostRecord[]> {
    const checked = checkedCosts(costs);
    if (checked.length === 0) return [];
    return this.transaction(async () => {
      await requireSubjects(this.manager, checked);
      return super.insertMany(checked as NewRow<CostRecord>[], options);
    });
  }

  /** The same as bulkCreateCosts, so that nothing gets into the ledger unchecked. */
  override insertMany(
    rows: readonly (NewCost | NewRow<CostRecord>)[],
    options?: BulkOptions,
  ): Promise<CostRecord[]> {
    return this.bulkCreateCosts(rows as readonly NewCost[], options);
  }

  async getTotalCostByProject(projectId: string): Promise<MoneyByCurrency> {
    return totalByCurrency(this.createQueryBuilder('cost'), {
      projectId: requiredId('projectId', projectId),
    });
  }

  async getTotalCostByStudy(studyId: string): Promise<MoneyByCurrency> {
    return totalByCurrency(this.createQueryBuilder('cost'), {
      studyId: requiredId('studyId', studyId),
    });
  }

  async getTotalsByModel(filter: CostFilter = {}): Promise<(CostTotal & { model: string })[]> {
    const totals = await totalsBy(this.createQueryBuilder('cost'), 'cost.model', filter);
    return totals.map(({ group, ...total }) => ({ model: group, ...total }));
  }

  async getTotalsByProvider(
    filter: CostFilter = {},
  ): Promise<(CostTotal & { provider: string })[]> {
    const totals = await totalsBy(this.createQueryBuilder('cost'), 'cost.provider', filter);
    return totals.map(({ group, ...total }) => ({ provider: group, ...total }));
  }

  /** Days of UTC, such as 2026-01-31; days without any cost are left out. */
  async getTotalsByDay(filter: CostFilter = {}): Promise<(CostTotal & { day: string })[]> {
    const totals = await totalsBy(this.createQueryBuilder('cost'), DAY, filter);
    return totals.map(({ group, ...total }) => ({ day: group, ...total }));
  }
}
