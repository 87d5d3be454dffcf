import type { RowguardDataSource } from 'nestjs-rowguard';
import { classOf, isAppendOnly, isReadOnly } from '../../../src/entities/entity-classification.js';
import type { AskSql } from '../schema-dump.js';
import type { TableClasses } from './catalog-rule.js';

/** The tables that belong to no tenant: small, few, and each with its reason. */
export const SHARED_TABLES: Readonly<Record<string, string>> = {
  tenants: 'the list of tenants itself',
  users: 'a person may belong to several tenants',
  accounts: 'a person signs in before any tenant is known',
  sessions: 'a person signs in before any tenant is known',
  verification_tokens: 'an address is proved before any tenant is known',
  audit_seals: 'a seal covers the audit rows of all tenants',
  retention_holds: 'a hold may cover every tenant',
  feature_flags: 'flags are defined for the whole platform; overrides belong to tenants',
  subscription_plans: 'the plans are the same for everybody',
  seeder_history: 'what was seeded is known to the operator',
};

export const TOOLING_TABLES = ['migrations', 'migrations_meta', 'typeorm_metadata'];

/** As the entities say. */
export function tableClasses(source: RowguardDataSource): TableClasses {
  const tables = source.entityMetadatas.filter((one) => one.tableType !== 'view');
  return {
    shared: tables.filter((one) => classOf(one) === 'shared').map((one) => one.tableName),
    appendOnly: tables.filter(isAppendOnly).map((one) => one.tableName),
    readOnly: tables.filter(isReadOnly).map((one) => one.tableName),
  };
}

export interface LiveRelation {
  readonly name: string;
  readonly kind: 'r' | 'p' | 'm' | 'v';
  readonly isPartition: boolean;
  readonly hasTenant: boolean;
}

export function liveRelations(ask: AskSql): Promise<LiveRelation[]> {
  return ask<LiveRelation>(
    `select c.relname::text as name, c.relkind as kind, c.relispartition as "isPartition",
       exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as "hasTenant"
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'v', 'f')
       and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by 1`,
  );
}
