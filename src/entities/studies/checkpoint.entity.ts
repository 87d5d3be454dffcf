import { Entity } from 'typeorm';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueForever } from '../unique-forever.decorator.js';
import { Study } from './study.entity.js';

/** Where a study can go on from after it was stopped. Numbered from 1 within its study. */
@Entity({ name: 'checkpoints' })
@UniqueForever('studyId', 'sequence')
export class Checkpoint extends TenantEntity {
  @TenantManyToOne(() => Study, { nullable: false, onDelete: 'CASCADE' })
  study!: Study;

  studyId!: string;

  @CountColumn({ min: 1 })
  sequence!: number;

  @TextColumn({ nullable: true, max: 200 })
  label!: string | null;

  /** Whatever the study needs to go on. */
  @JsonColumn()
  state!: Record<string, unknown>;
}
