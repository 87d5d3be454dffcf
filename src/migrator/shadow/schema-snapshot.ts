import type { RunSql } from '../../schema/sql.js';

/** Everything that somebody has made: not what PostgreSQL or an extension brings. */
const OURS = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;
const own = (catalog: string, oid: string) =>
  `not exists (select 1 from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;
const RELATION = `from pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const rights = (acl: string, kind: string, owner: string) =>
  `coalesce((select string_agg(r.told, ' ' order by r.told collate "C") from (
     select case when g.grantee = 0 then 'public' else g.grantee::regrole::text end || '=' || g.privilege_type
       || case when g.is_grantable then '*' else '' end as told
     from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) g) r), '')`;

/** Positions are counted anew, since a dropped column leaves a gap behind. */
const PARTS: Readonly<Record<string, string>> = {
  schema: `select n.nspname || ' ' || ${rights('n.nspacl', 'n', 'n.nspowner')} from pg_namespace n where ${OURS} and ${own('pg_namespace', 'n.oid')}`,
  extension: `select x.extname || ' ' || x.extversion from pg_extension x where x.extname <> 'plpgsql'`,
  relation: `select concat_ws(' ', c.oid::regclass, 'kind', c.relkind, 'persistence', c.relpersistence, 'rls', c.relrowsecurity, c.relforcerowsecurity,
      'partition', pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid), (select string_agg(i.inhparent::regclass::text, ',') from pg_inherits i where i.inhrelid = c.oid),
      'options', array_to_string(c.reloptions, ','), 'replica identity', c.relreplident)
    ${RELATION} where c.relkind in ('r','p','v','m','S','f','c') and ${OURS} and ${own('pg_class', 'c.oid')}`,
  column: `select concat_ws(' ', c.oid::regclass || '.' || quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, 'default', pg_get_expr(d.adbin, d.adrelid),
      'identity', nullif(a.attidentity, ''), 'generated', nullif(a.attgenerated, ''), 'collation', nullif(a.attcollation, t.typcollation)::regcollation,
      'storage', a.attstorage, array_to_string(a.attoptions, ','), a.attacl,
      'at', row_number() over (partition by c.oid order by a.attnum))
    ${RELATION} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r','p','v','m','f','c') and ${OURS} and ${own('pg_class', 'c.oid')}`,
  constraint: `select concat_ws(' ', coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text), k.conname, pg_get_constraintdef(k.oid),
      case when not k.convalidated then 'not validated' end)
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace where ${OURS} and ${own('pg_constraint', 'k.oid')}`,
  index: `select concat_ws(' ', pg_get_indexdef(x.indexrelid), case when not x.indisvalid then 'invalid' end, case when x.indisclustered then 'clustered' end)
    from pg_index x join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS} and ${own('pg_class', 'c.oid')}`,
  policy: `select concat_ws(' ', p.polrelid::regclass, p.polname, case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
      (select string_agg(case when r = 0 then 'public' else r::regrole::text end, ',' order by r) from unnest(p.polroles) r),
      'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS}`,
  trigger: `select concat_ws(' ', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled)
    from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace where not g.tgisinternal and ${OURS}`,
  'event trigger': `select concat_ws(' ', e.evtname, e.evtevent, e.evtfoid::regproc, e.evtenabled) from pg_event_trigger e`,
  function: `select concat_ws(' ', p.oid::regprocedure, case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) else p.prokind::text end, ${rights('p.proacl', 'f', 'p.proowner')})
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${own('pg_proc', 'p.oid')}`,
  view: `select concat_ws(' ', c.oid::regclass, pg_get_viewdef(c.oid)) ${RELATION} where c.relkind in ('v','m') and ${OURS} and ${own('pg_class', 'c.oid')}`,
  rule: `select pg_get_ruledef(w.oid) from pg_rewrite w join pg_class c on c.oid = w.ev_class join pg_namespace n on n.oid = c.relnamespace
    where w.rulename <> '_RETURN' and ${OURS} and ${own('pg_class', 'c.oid')}`,
  type: `select concat_ws(' ', t.oid::regtype, t.typtype, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
      format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typdefault)
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('e','d','r') and ${OURS} and ${own('pg_type', 't.oid')}`,
  statistics: `select pg_get_statisticsobjdef(s.oid) from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${OURS}`,
  sequence: `select concat_ws(' ', q.seqrelid::regclass, q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle)
    from pg_sequence q join pg_class c on c.oid = q.seqrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS}`,
  grants: `select concat_ws(' ', c.oid::regclass, ${rights('c.relacl', 'r', 'c.relowner')}) ${RELATION}
    where c.relkind in ('r','p','v','m','f') and ${OURS} and ${own('pg_class', 'c.oid')}`,
  'default grants': `select concat_ws(' ', a.defaclrole::regrole, a.defaclnamespace::regnamespace, a.defaclobjtype, a.defaclacl) from pg_default_acl a`,
  comment: `select concat_ws(' ', o.type, o.identity, m.description) from pg_description m
      cross join lateral pg_identify_object(m.classoid, m.objoid, m.objsubid) o
    where o.schema is distinct from 'pg_catalog' and o.schema is distinct from 'information_schema' and o.type <> 'extension'
      and m.objoid >= 16384 and ${own('pg_class', 'm.objoid').replace(`d.classid = 'pg_class'::regclass`, 'd.classid = m.classoid')}`,
};

const TOOLING =
  /^(?:schema |extension |function rowguard_tenant_id\(\)|index CREATE UNIQUE INDEX (?:pk_migrations|migrations_meta_pkey) |(?:column|constraint|grants|relation|sequence) migrations(?:_id_seq|_meta)?[. ])/;

const POSITION = /(?<=^column .*) at \d+$/s;

/** A schema as lines that can be compared: what there is, and nothing of when it was made. */
export class SchemaSnapshot {
  constructor(readonly lines: readonly string[]) {}

  static async read(ask: RunSql): Promise<SchemaSnapshot> {
    const lines: string[] = [];
    for (const [part, sql] of Object.entries(PARTS)) {
      const rows = await ask<{ line: string }>(`select part.line from (${sql}) as part(line)`);
      lines.push(...rows.map((row) => `${part} ${row.line}`));
    }
    return new SchemaSnapshot(lines.toSorted());
  }

  /** Lines that only one of the two has: with - what is gone, with + what has come. */
  differencesTo(later: SchemaSnapshot): string[] {
    const [before, after] = [new Set(this.lines), new Set(later.lines)];
    return [
      ...this.lines.filter((line) => !after.has(line)).map((line) => `- ${line}`),
      ...later.lines.filter((line) => !before.has(line)).map((line) => `+ ${line}`),
    ];
  }

  /** A column that is added again comes last, whatever anybody does; nothing but `SELECT *` can tell. */
  withoutPositions(): SchemaSnapshot {
    return new SchemaSnapshot(this.lines.map((line) => line.replace(POSITION, '')));
  }

  /** Without what is there before any table is, and stays: the schema itself, and the tooling. */
  withoutTooling(): SchemaSnapshot {
    return new SchemaSnapshot(this.lines.filter((line) => !TOOLING.test(line)));
  }
}
