import { type DataSource, IsNull, type SelectQueryBuilder } from 'typeorm';
import { TenantContext } from '../../context/tenant-context.js';
import {
  FeatureFlagOverride,
  OVERRIDE_OF_MEMBER,
  OVERRIDE_OF_TENANT,
} from '../../entities/platform/feature-flag-override.entity.js';
import { FLAG_KEY, FeatureFlag } from '../../entities/platform/feature-flag.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import { entitiesFrom } from '../returned-rows.js';
import { isWithinRollout } from './rollout.js';

export interface FlagDefinition {
  readonly key: string;
  readonly description?: string;
  readonly enabled?: boolean;
  readonly rolloutPercent?: number;
}

/** For one person of the tenant; without, for the tenant as a whole. */
export interface FlagSubject {
  readonly userId?: string;
}

const DEFINED = ['description', 'enabled', 'rollout_percent', 'updated_at'];

/** Asks what is switched on. What a tenant overrides wins over what the flag says. */
export class FeatureFlagRepository extends DomainRepository<FeatureFlag> {
  constructor(source: DataSource) {
    super(FeatureFlag, source);
  }

  /** System work: writes the flags of the platform, and changes those that are there already. */
  async define(flags: readonly FlagDefinition[]): Promise<FeatureFlag[]> {
    const rows = (Array.isArray(flags) ? flags : [flags]).map(definitionOf);
    if (rows.length === 0) return [];
    const { raw } = await this.createQueryBuilder()
      .insert()
      .values(rows)
      .orUpdate(DEFINED, ['key'], { indexPredicate: '"deleted_at" IS NULL' })
      .returning('*')
      .updateEntity(false)
      .execute();
    return entitiesFrom<FeatureFlag>(this, raw as FeatureFlag[]);
  }

  /** A flag that is not defined is off, so that code may go out before its flag. */
  async isEnabled(key: string, subject: FlagSubject = {}): Promise<boolean> {
    const flag = await this.answers(subject)
      .where('flag.key = :key', { key: checkedKey(key) })
      .getOne();
    return flag !== null && isOn(flag);
  }

  /** Every flag of the platform and whether it is on, in one query. */
  async all(subject: FlagSubject = {}): Promise<Record<string, boolean>> {
    const flags = await this.answers(subject).orderBy('flag.key').getMany();
    return Object.fromEntries(flags.map((flag) => [flag.key, isOn(flag)]));
  }

  /** Switches a flag on or off for the tenant in hand, or for one of its people. */
  async setOverride(
    key: string,
    enabled: boolean,
    subject: FlagSubject = {},
  ): Promise<FeatureFlagOverride> {
    const { userId } = checkedObject('subject', subject);
    if (typeof enabled !== 'boolean') throw noBoolean();
    const flag = await this.findOneBy({ key: checkedKey(key) });
    if (!flag) throw notDefined();
    const columns = ['tenant_id', 'flag_id', ...(userId === undefined ? [] : ['member_id'])];
    const indexPredicate = userId === undefined ? OVERRIDE_OF_TENANT : OVERRIDE_OF_MEMBER;
    const overrides = this.manager.getRepository(FeatureFlagOverride);
    const { raw } = await overrides
      .createQueryBuilder()
      .insert()
      .values({ flagId: flag.id, enabled, memberId: userId ?? null })
      .orUpdate(['enabled', 'updated_at'], columns, { indexPredicate })
      .returning('*')
      .updateEntity(false)
      .execute();
    const [override] = entitiesFrom<FeatureFlagOverride>(overrides, raw as FeatureFlagOverride[]);
    return override as FeatureFlagOverride;
  }

  /** Lets the flag decide again. Answers whether anything was overridden. */
  async clearOverride(key: string, subject: FlagSubject = {}): Promise<boolean> {
    const { userId } = checkedObject('subject', subject);
    const flag = this.createQueryBuilder('flag')
      .select('flag.id')
      .where('flag.key = :key', { key: checkedKey(key) });
    const { affected } = await this.manager
      .createQueryBuilder()
      .softDelete()
      .from(FeatureFlagOverride)
      .where(`flagId IN (${flag.getQuery()})`)
      .andWhere({ memberId: userId ?? IsNull() })
      .setParameters(flag.getParameters())
      .execute();
    return (affected ?? 0) > 0;
  }

  private answers(subject: FlagSubject): SelectQueryBuilder<FeatureFlag> {
    const { userId } = checkedObject('subject', subject);
    TenantContext.require();
    const forWhom =
      userId === undefined
        ? 'override.memberId IS NULL'
        : '(override.memberId IS NULL OR override.memberId = :userId)';
    return this.createQueryBuilder('flag').leftJoinAndSelect(
      'flag.overrides',
      'override',
      forWhom,
      {
        userId,
      },
    );
  }
}

/** The one of the person before the one of the tenant, before the flag itself. */
function isOn(flag: FeatureFlag): boolean {
  const own = flag.overrides.find((one) => one.memberId !== null) ?? flag.overrides[0];
  if (own) return own.enabled;
  const { tenantId } = TenantContext.require();
  return flag.enabled && isWithinRollout(tenantId, flag.key, flag.rolloutPercent);
}

function definitionOf(flag: FlagDefinition): Required<FlagDefinition> {
  const { description = '', enabled = false, rolloutPercent = 100 } = flag ?? {};
  return { key: checkedKey(flag?.key), description, enabled, rolloutPercent };
}

function checkedKey(key: unknown): string {
  if (typeof key === 'string' && key.length <= 100 && FLAG_KEY.test(key)) return key;
  throw new InvalidInputError({
    problem: 'The key of a flag is not words of a-z and 0-9',
    mend: 'Join the words by . _ or -, such as new-editor; at most 100 characters',
  });
}

function noBoolean(): InvalidInputError {
  return new InvalidInputError({
    problem: 'A flag is overridden with something that is neither true nor false',
    mend: 'Pass true or false; clearOverride lets the flag decide again',
  });
}

function notDefined(): RowNotFoundError {
  return new RowNotFoundError({
    problem: 'There is no flag of this key',
    mend: 'Define it first, in TenantContext.runAsSystem',
  });
}
