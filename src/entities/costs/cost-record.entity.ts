import { Entity, Index } from 'typeorm';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { IdColumn, TimeColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { TenantRecord } from '../tenant.record.js';

/**
 * An entry of the ledger: what a project or a study cost. It outlives what it speaks of, and so
 * nothing refers to anything here; see docs/decisions/0013-the-ledger-has-no-foreign-keys.md.
 */
@Entity({ name: 'cost_records' })
@Index(['tenantId', 'projectId', 'occurredAt'], { where: '"project_id" IS NOT NULL' })
@Index(['tenantId', 'studyId', 'occurredAt'], { where: '"study_id" IS NOT NULL' })
@Index(['tenantId', 'occurredAt'])
@Rule(
  'a cost speaks of a project or of a study, and never of both',
  '("project_id" IS NULL) <> ("study_id" IS NULL)',
)
@Rule('a cost of a job names its study', '"job_id" IS NULL OR "study_id" IS NOT NULL')
export class CostRecord extends TenantRecord {
  @IdColumn({ nullable: true })
  projectId!: string | null;

  @IdColumn({ nullable: true })
  studyId!: string | null;

  @IdColumn({ nullable: true })
  jobId!: string | null;

  /** Below zero for a correction, since an entry is never changed. */
  @MoneyColumn({ signed: true })
  amount!: string;

  @CurrencyColumn()
  currency!: string;

  @TextColumn({ max: 200 })
  model!: string;

  /** Such as openai or anthropic. */
  @TextColumn({ max: 200 })
  provider!: string;

  @BigCountColumn({ nullable: true })
  inputTokens!: number | null;

  @BigCountColumn({ nullable: true })
  outputTokens!: number | null;

  @TimeColumn({ now: true })
  occurredAt!: Date;
}
