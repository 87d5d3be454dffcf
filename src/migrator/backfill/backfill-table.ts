import type { QueryRunner } from 'typeorm';
import { SYSTEM_ROLE } from '../../context/role-names.js';
import { BackfillError } from '../../errors/backfill.error.js';
import { quoteName } from '../../schema/sql.js';

interface TableFacts {
  readonly schema: string;
  readonly table: string;
  /** Row-level security would hide rows from the login. */
  readonly isHidden: boolean;
  readonly keys: readonly { readonly name: string; readonly type: string }[];
  readonly maySystem: boolean;
}

const FACTS = `
select n.nspname::text as schema, c.relname::text as "table", row_security_active(c.oid) as "isHidden",
  coalesce((select r.rolname from pg_roles r where r.rolname = '${SYSTEM_ROLE}' and pg_has_role(r.oid, 'MEMBER')
    and has_table_privilege(r.oid, c.oid, 'UPDATE')), '') <> '' as "maySystem",
  coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by k.at)
    from pg_index x cross join lateral unnest(x.indkey::int2[]) with ordinality as k(number, at)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
    where x.indrelid = c.oid and x.indisprimary), '[]') as keys
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = to_regclass($1) and c.relkind in ('r', 'p')`;

/** The table of a backfill, and how one walks along its primary key. */
export class BackfillTable {
  readonly name: string;
  /** The role that sees the rows of all tenants, where the login itself does not. */
  readonly role: string | undefined;
  private readonly columns: string;

  private constructor(private readonly facts: TableFacts) {
    this.name = `${quoteName(facts.schema)}.${quoteName(facts.table)}`;
    this.role = facts.isHidden ? SYSTEM_ROLE : undefined;
    this.columns = facts.keys.map(({ name }) => quoteName(name)).join(', ');
  }

  static async find(runner: QueryRunner, table: string): Promise<BackfillTable> {
    const [facts] = (await runner.query(FACTS, [table])) as TableFacts[];
    if (!facts)
      throw cannot(`there is no table ${table}`, 'Write its name as SQL would, with the schema');
    if (facts.keys.length === 0) {
      throw cannot(`${table} has no primary key to walk along`, 'Give it one first');
    }
    if (facts.isHidden && !facts.maySystem) {
      throw cannot(
        `row-level security hides the rows of ${table} from this login, and it may not act as ${SYSTEM_ROLE}`,
        `Run: GRANT ${SYSTEM_ROLE} TO <login>; or run migrations with a login that bypasses row-level security`,
      );
    }
    return new BackfillTable(facts);
  }

  /** One batch as one statement; the parameters of `set` and `where` come first. */
  batchStatement(set: string, where: string, parameters: number, isFirst: boolean): string {
    const { keys } = this.facts;
    const values = keys.map(({ type }, at) => `$${parameters + 2 + at}::text::${type}`).join(', ');
    const last = keys.map(({ name }) => `${quoteName(name)}::text`).join(', ');
    return `WITH page AS MATERIALIZED (
  SELECT ${this.columns} FROM ${this.name}${isFirst ? '' : ` WHERE (${this.columns}) > (${values})`}
  ORDER BY ${this.columns} LIMIT $${parameters + 1}::int
), changed AS (
  UPDATE ${this.name} SET ${set} WHERE (${this.columns}) IN (SELECT ${this.columns} FROM page) AND (${where}) RETURNING 1
)
SELECT (SELECT count(*)::int FROM page) AS seen, (SELECT count(*)::int FROM changed) AS changed,
  (SELECT json_build_array(${last}) FROM page ORDER BY ${keys.map(({ name }) => `${quoteName(name)} DESC`).join(', ')} LIMIT 1) AS last`;
  }
}

function cannot(problem: string, mend: string): BackfillError {
  return new BackfillError({ problem: `The backfill cannot begin: ${problem}`, mend });
}
