import { Entity, OneToMany } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { FlagColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import type { FeatureFlagOverride } from './feature-flag-override.entity.js';

export const FLAG_KEY = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Something that can be switched on: for everybody, for a share of the tenants, or for nobody. */
@Audited()
@Entity({ name: 'feature_flags' })
@Tenantless('flags are defined for the whole platform; what a tenant overrides is kept apart')
@Rule('rolloutPercent is at most 100', '"rollout_percent" <= 100')
export class FeatureFlag extends SharedEntity {
  @UniqueActive()
  @TextColumn({ max: 100, matches: FLAG_KEY })
  key!: string;

  @TextColumn({ min: 0, max: 1_000, default: '' })
  description!: string;

  @FlagColumn(false)
  enabled!: boolean;

  /** The share of the tenants that an enabled flag is on for. */
  @CountColumn({ max: 100, default: 100 })
  rolloutPercent!: number;

  @OneToMany<FeatureFlagOverride>('FeatureFlagOverride', 'flag')
  overrides!: FeatureFlagOverride[];
}
