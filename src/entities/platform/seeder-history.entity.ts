import { Entity, Index } from 'typeorm';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { SharedRecord } from '../shared.record.js';

/** A seeder that ran, and what it held when it did. */
@Entity({ name: 'seeder_history' })
@Tenantless('what was seeded, and when, is known to the operator', { tenants: 'none' })
@Index(['name', 'environment', 'contentHash'], { unique: true })
export class SeederHistory extends SharedRecord {
  @TextColumn({ max: 200 })
  name!: string;

  @TextColumn({ max: 64, matches: /^[0-9a-f]{64}$/ })
  contentHash!: string;

  @TextColumn({ max: 50 })
  environment!: string;

  @TimeColumn({ now: true })
  ranAt!: Date;
}
