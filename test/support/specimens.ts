import { Entity, Index } from 'typeorm';
import {
  Membership,
  SharedEntity,
  TenantEntity,
  TenantManyToOne,
  TenantRecord,
  Tenantless,
  UniqueActive,
} from 'nestjs-rowguard';
import { ChoiceColumn } from '../../src/entities/columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../../src/entities/columns/money.column.js';
import { TextColumn } from '../../src/entities/columns/text.column.js';
import { JsonColumn, TimeColumn } from '../../src/entities/columns/value.columns.js';
import { Rule } from '../../src/entities/rule.decorator.js';

/** Tables of a user beside the shipped ones, which keep every rule: to be broken one by one. */
@Entity({ name: 'specimens' })
@Index(['tenantId', 'memberId'])
@Rule('what ends does not end before it begins', '"ends_at" IS NULL OR "ends_at" >= "begins_at"')
export class Specimen extends TenantEntity {
  @UniqueActive()
  @TextColumn()
  name!: string;

  @ChoiceColumn(['found', 'kept', 'lost'])
  kind!: string;

  @MoneyColumn()
  amount!: string;

  @CurrencyColumn()
  currency!: string;

  @TimeColumn()
  beginsAt!: Date;

  @TimeColumn({ nullable: true })
  endsAt!: Date | null;

  @JsonColumn()
  details!: Record<string, unknown>;

  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  member!: Membership;

  memberId!: string;
}

@Entity({ name: 'specimen_entries' })
@Index(['tenantId', 'specimenId'])
export class SpecimenEntry extends TenantRecord {
  @TenantManyToOne(() => Specimen, { nullable: false, onDelete: 'CASCADE' })
  specimen!: Specimen;

  specimenId!: string;
}

@Entity({ name: 'specimen_kinds' })
@Tenantless('the kinds are the same for everybody')
export class SpecimenKind extends SharedEntity {
  @TextColumn()
  name!: string;
}

export const SPECIMENS = [Specimen, SpecimenEntry, SpecimenKind];
