/** Ways to break the isolation of the table `labels`, as SQL of its owner; each has to be noticed. */
export interface PlantedDefect {
  readonly name: string;
  readonly sql: string;
  /** A word that the failure has to hold. */
  readonly told: string;
}

const LET_ALL = (what: string) => `create policy open_door on labels ${what}`;
const WITHOUT = (policy: string) => `drop policy labels_${policy} on labels`;

export const PLANTED_DEFECTS: readonly PlantedDefect[] = [
  {
    name: 'row-level security off',
    sql: 'alter table labels disable row level security',
    told: 'raw SELECT reached another tenant',
  },
  {
    name: 'not forced for the owner',
    sql: 'alter table labels no force row level security',
    told: 'not forced',
  },
  { name: 'the permissive policy dropped', sql: WITHOUT('tenant_isolation'), told: 'missing' },
  { name: 'the restrictive policy dropped', sql: WITHOUT('tenant_guard'), told: 'missing' },
  {
    name: 'policies that let everything through',
    sql: `${WITHOUT('tenant_guard')}; ${WITHOUT('tenant_isolation')}; ${LET_ALL('using (true)')}`,
    told: 'row-level security does not hold alone',
  },
  {
    name: 'a policy more that opens the table, beside the guard',
    sql: LET_ALL('using (true)'),
    told: 'opens the table further',
  },
  {
    name: 'a policy more that opens reading, without the guard',
    sql: `${WITHOUT('tenant_guard')}; ${LET_ALL('for select using (true)')}`,
    told: 'raw SELECT reached another tenant',
  },
  {
    name: 'a policy more that opens writing, without the guard',
    sql: `${WITHOUT('tenant_guard')}; ${LET_ALL('for insert with check (true)')}`,
    told: 'raw INSERT with its tenant reached another tenant',
  },
  {
    name: 'policies that check nothing that is written',
    sql: `alter policy labels_tenant_guard on labels with check (true); alter policy labels_tenant_isolation on labels with check (true)`,
    told: 'raw INSERT with its tenant reached another tenant',
  },
  {
    name: 'policies of another setting',
    sql: `alter policy labels_tenant_isolation on labels using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)`,
    told: 'not the one that was made',
  },
  {
    name: 'a default that knows no tenant',
    sql: 'alter table labels alter tenant_id drop default',
    told: 'does not default to the tenant',
  },
  {
    name: 'rights that tenants should not have',
    sql: 'grant truncate on labels to rowguard_app',
    told: 'tenants may',
  },
  {
    name: 'a rule that sends rows elsewhere',
    sql: 'create rule elsewhere as on delete to labels do also select 1',
    told: 'rule elsewhere',
  },
  {
    name: 'a policy that is for reading alone',
    sql: `${WITHOUT('tenant_isolation')}; create policy labels_tenant_isolation on labels for select to rowguard_app using (true)`,
    told: 'labels_tenant_isolation is not the one that was made',
  },
  {
    name: 'a view that reads with the rights of a superuser',
    sql: 'create view all_labels as select * from labels; grant select on all_labels to rowguard_app',
    told: 'all_labels: the view reads with the rights of its owner',
  },
  {
    name: 'such a view on a view that asks for nobody',
    sql: `create view own_labels with (security_invoker = true) as select * from labels;
      create view more_labels as select * from own_labels; grant select on more_labels to rowguard_app`,
    told: 'more_labels: the view reads with the rights of its owner',
  },
  {
    name: 'a materialized view that tenants may read',
    sql: 'create materialized view kept_labels as select * from labels; grant select on kept_labels to rowguard_app',
    told: 'kept_labels: tenants may read a materialized view',
  },
  {
    name: 'a table of what belongs to it, without a tenant',
    sql: `create table label_notes (of_tenant uuid, label uuid, note text, foreign key (of_tenant, label) references labels (tenant_id, id));
      grant select on label_notes to rowguard_app`,
    told: 'label_notes: no entity says whose rows it holds',
  },
  {
    name: 'a table that inherits from it, without policies',
    sql: 'create table old_labels () inherits (labels); grant select on old_labels to rowguard_app',
    told: 'old_labels: no entity says whose rows it holds',
  },
  {
    name: 'a unique index that tells what others have',
    sql: 'create unique index one_name on labels (name)',
    told: 'one_name tells one tenant what another has',
  },
];

/** A reference by id alone, as TypeORM would make it. */
export const PLAIN_REFERENCE: PlantedDefect = {
  name: 'a reference that may lead to another tenant',
  sql: `do $$ declare key text; begin
    select conname into key from pg_constraint where conrelid = 'invoices'::regclass and contype = 'f' and confrelid = 'customers'::regclass;
    execute format('alter table invoices drop constraint %I', key);
  end $$`,
  told: 'referring to customers of its tenant reached another tenant',
};
