import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import {
  AuditOptions,
  DatabaseOptions,
  HealthOptions,
  PoolOptions,
  ServerlessOptions,
  ReplicationOptions,
  SoftDeleteModuleOptions,
  TenancyOptions,
  WallsOptions,
} from 'nestjs-rowguard';
import { OPTION_TABLE } from '../../../src/option-table.js';

const GROUPS: readonly (readonly [prefix: string, group: new () => object])[] = [
  ['', DatabaseOptions],
  ['pool.', PoolOptions],
  ['replication.', ReplicationOptions],
  ['audit.', AuditOptions],
  ['serverless.', ServerlessOptions],
  ['health.', HealthOptions],
  ['softDelete.', SoftDeleteModuleOptions],
  ['tenancy.', TenancyOptions],
  ['tenancy.walls.', WallsOptions],
];

/** Their default depends on what else is given, so the table says it in words. */
const IN_WORDS = [
  'url',
  'adminUrl',
  'ssl',
  'embedded',
  'lint',
  'strategy',
  'health.backup',
  'serverless.proxy',
  'serverless.webSocket',
  'serverless.pooled',
  'pool.maxPerTenant',
  'softDelete.keepDays',
  'tenancy.resolve',
];

describe('the option table', () => {
  it('has a row for every option, and no other', () => {
    const fields = GROUPS.flatMap(([prefix, group]) =>
      fieldsOf(group).map((field) => `${prefix}${field}`),
    ).filter((field) => !GROUPS.some(([prefix]) => prefix === `${field}.`));

    expect(OPTION_TABLE.map((row) => row.option).toSorted()).toEqual(fields.toSorted());
  });

  it.each(OPTION_TABLE.filter((row) => !IN_WORDS.includes(row.option)))(
    'says the default of $option',
    ({ option, default: told }) => {
      const value = option
        .split('.')
        .reduce<unknown>(
          (group, key) => (group as Record<string, unknown>)[key],
          new DatabaseOptions(),
        );

      expect(told).toBe(Array.isArray(value) ? '[]' : String(value));
    },
  );

  it('names each variable once', () => {
    const names = OPTION_TABLE.flatMap((row) => row.env ?? []);

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^DATABASE_[A-Z_]+$/.test(name))).toEqual([]);
  });
});

function fieldsOf(group: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(group, '', false, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}
