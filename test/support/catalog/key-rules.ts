import type { CatalogRule } from './catalog-rule.js';

const BELONGS_TO_TENANT = 'exists (select 1 from tenant_tables t where t.name = k.table_name)';
/** The columns of a reference come first in the index, in any order. */
const SERVES = `i.table_oid = k.conrelid and i.columns[1:cardinality(k.columns)] @> k.columns and i.columns[1:cardinality(k.columns)] <@ k.columns`;
const TO_TENANT = 'exists (select 1 from tenant_tables t where t.name = k.target_name)';

/** Keys, references and indexes. */
export const KEY_RULES: readonly CatalogRule[] = [
  {
    name: 'primary keys other than (tenant_id, id)',
    broken: `select t.name as what from tenant_tables t left join indexes i on i.table_oid = t.oid and i.is_primary
      where i.columns is null or i.columns[1] <> 'tenant_id' or case when t.is_join_table then false
        when t.relkind = 'p' then not 'id' = any (i.columns) else i.columns <> array['tenant_id', 'id'] end`,
    sabotage:
      'alter table specimen_entries drop constraint pk_specimen_entries, add constraint pk_specimen_entries primary key (id)',
    isForSharding: true,
  },
  {
    name: 'unique keys without the tenant first',
    broken: `select i.what from indexes i join tenant_tables t on t.oid = i.table_oid where i.is_unique and i.columns[1] <> 'tenant_id'`,
    sabotage: 'create unique index ix_specimens_name on specimens (name) where deleted_at is null',
    isForSharding: true,
  },
  {
    name: 'indexes without the tenant first',
    // An index of vectors holds nothing else, a shared row is looked for without its tenants, and a purge
    // goes through the deleted rows of all of them.
    broken: `select i.what from indexes i join tenant_tables t on t.oid = i.table_oid where i.columns[1] <> 'tenant_id' and i.method not in ('hnsw', 'ivfflat')
      and i.predicate is distinct from '(deleted_at IS NOT NULL)'
      and not exists (select 1 from constraints k where k.contype = 'f' and ${SERVES} and not ${TO_TENANT})`,
    sabotage: 'create index ix_specimens_kind on specimens (kind) where deleted_at is null',
    exceptions: {
      'audit_logs.ix_audit_logs_at': 'finds the months that are sealed and dropped for all tenants',
    },
  },
  {
    name: 'indexes that hold deleted rows as well, but for those that serve a reference',
    broken: `select i.what from indexes i join tenant_tables t on t.oid = i.table_oid
      where t.is_deletable and not i.is_primary and i.predicate not like '%deleted_at IS NULL%' and i.predicate not in ('(delete_batch IS NOT NULL)', '(deleted_at IS NOT NULL)')
        and (i.is_unique or not exists (select 1 from constraints k where k.contype = 'f' and ${SERVES}))`,
    sabotage: 'create index ix_specimens_kind on specimens (tenant_id, kind)',
    exceptions: {
      'messages.ix_messages_tenant_id_conversation_id_sequence':
        'a number is given once, even after its message was deleted',
      'checkpoints.ix_checkpoints_tenant_id_study_id_sequence':
        'a number is given once, even after its checkpoint was deleted',
      'invoices.ix_invoices_tenant_id_number':
        'a number is given once, even after its invoice was deleted',
    },
  },
  {
    name: 'indexes that are not valid, and constraints that are not validated',
    broken: `select i.what from indexes i where not i.is_valid union all select k.what from constraints k where not k.convalidated`,
    sabotage: `alter table specimens add constraint ck_specimens_name check (name <> '') not valid`,
  },
  {
    name: 'references to tenant tables without the tenant',
    broken: `select k.what from constraints k where k.contype = 'f' and ${TO_TENANT}
      and not exists (select 1 from unnest(k.columns, k.target_columns) as p(own, other) where p.own = 'tenant_id' and p.other = 'tenant_id')`,
    sabotage:
      'create unique index ix_x on specimens (id); alter table specimen_entries add constraint fk_x foreign key (id) references specimens (id)',
    isForSharding: true,
  },
  {
    name: 'references that are cleared when their row is deleted',
    broken: `select k.what from constraints k where k.contype = 'f' and k.confdeltype in ('n', 'd')`,
    sabotage:
      'alter table specimen_entries drop constraint fk_specimen_entries_tenant_id_specimen_id, add constraint fk_specimen_entries_tenant_id_specimen_id foreign key (tenant_id, specimen_id) references specimens (tenant_id, id) on delete set null (specimen_id)',
    isForSharding: true,
  },
  {
    name: 'references from shared tables to tenant tables',
    broken: `select k.what from constraints k where k.contype = 'f' and not ${BELONGS_TO_TENANT} and ${TO_TENANT}`,
    sabotage:
      'alter table specimen_kinds add column tenant_id uuid, add column specimen_id uuid, add constraint fk_x foreign key (tenant_id, specimen_id) references specimens (tenant_id, id)',
    isForSharding: true,
  },
  {
    name: 'references without an index on their columns',
    // Of all rows: PostgreSQL looks for the deleted ones too before it erases what they refer to. What
    // refers to a shared row is looked for within a tenant.
    broken: `select k.what from constraints k where k.contype = 'f' and not exists (select 1 from indexes i
      where i.predicate = '' and (${SERVES} or (not ${TO_TENANT} and i.table_oid = k.conrelid
        and i.columns[1:cardinality(k.columns) + 1] @> (k.columns || 'tenant_id'::text) and i.columns[1] = 'tenant_id')))`,
    sabotage: 'drop index ix_specimens_tenant_id_member_id',
  },
  {
    name: 'exclusions without the tenant',
    broken: `select k.what from constraints k where k.contype = 'x' and ${BELONGS_TO_TENANT} and not 'tenant_id' = any (k.columns)`,
    sabotage:
      'alter table specimens add column span int4range, add constraint ex_specimens_span exclude using gist (span with &&)',
    isForSharding: true,
  },
  {
    name: 'triggers that read transition tables',
    broken: `select t.name || '.' || g.tgname as what from pg_trigger g join tables t on t.oid = g.tgrelid where g.tgoldtable is not null or g.tgnewtable is not null`,
    sabotage: `create function f() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger many after insert on specimens referencing new table as fresh for each statement execute function f()`,
    isForSharding: true,
  },
];
