import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import type { Finding } from './finding.js';
import {
  BINDING_KEYS,
  BOUND_TENANT_PATH,
  boundTenant,
  boundTenantBody,
  closeKeyTable,
  createBoundTenant,
  createKey,
  createKeyTable,
} from './binding-keys.js';
import { BOUND_TENANT } from './policy-form.js';
import { type RunSql, quoteName } from './sql.js';

interface LiveBinding {
  readonly hasTable: boolean;
  /** Roles, beside the owner, that may do something with the keys; as SQL writes them. */
  readonly open: readonly string[];
  readonly hasFunction: boolean;
  readonly body: string | null;
  readonly settings: readonly string[] | null;
  readonly asMade: boolean;
  readonly callable: boolean;
}

/** What a signed binding leans on: the keys, who may read them, and the function that looks. */
export async function bindingFindings(run: RunSql, schema: string): Promise<Finding[]> {
  const live = await readLive(run, schema);
  return [
    ...keyFindings(schema, live, live.hasTable && (await hasNoKey(run, schema))),
    ...functionFindings(schema, live),
  ];
}

async function readLive(run: RunSql, schema: string): Promise<LiveBinding> {
  const [live] = await run<LiveBinding>(
    `select t.oid is not null as "hasTable",
       coalesce((select jsonb_agg(distinct case when held.grantee = 0 then 'PUBLIC' else held.grantee::regrole::text end)
         from (select t.relacl as acl union all select attacl from pg_attribute where attrelid = t.oid) given,
           aclexplode(given.acl) held where held.grantee <> t.relowner), '[]') as open,
       f.oid is not null as "hasFunction", f.prosrc as body, to_jsonb(f.proconfig) as settings,
       coalesce(f.prosecdef and f.provolatile = 's' and f.proparallel = 'r' and has_table_privilege(f.proowner, t.oid, 'SELECT'), false) as "asMade",
       coalesce(has_function_privilege('${APP_ROLE}', f.oid, 'EXECUTE') and has_function_privilege('${SYSTEM_ROLE}', f.oid, 'EXECUTE'), false) as callable
     from (select to_regclass($1) as keys, to_regprocedure($2) as bound) named
       left join pg_class t on t.oid = named.keys left join pg_proc f on f.oid = named.bound`,
    [`${quoteName(schema)}.${quoteName(BINDING_KEYS)}`, `${boundTenant(schema)}()`],
  );
  return live as LiveBinding;
}

/** Whoever may not read the keys cannot say that there is none. */
async function hasNoKey(run: RunSql, schema: string): Promise<boolean> {
  const name = `${quoteName(schema)}.${quoteName(BINDING_KEYS)}`;
  const [may] = await run<{ may: boolean }>("select has_table_privilege($1, 'SELECT') as may", [
    name,
  ]);
  if (!may?.may) return false;
  return (await run(`select 1 from ${name} where expires_at is null limit 1`)).length === 0;
}

function keyFindings(schema: string, live: LiveBinding, hasNone: boolean): Finding[] {
  const subject = `${schema}.${BINDING_KEYS}`;
  if (!live.hasTable) {
    const mend = [...createKeyTable(schema), createKey(schema, true)];
    return [finding(subject, 'the keys of the signed binding do not exist', mend)];
  }
  return [
    ...(live.open.length === 0
      ? []
      : [
          finding(subject, `${live.open.join(' and ')} may reach the keys of the signed binding`, [
            closeKeyTable(schema, live.open),
          ]),
        ]),
    ...(hasNone
      ? [finding(subject, 'there is no key to sign with', [createKey(schema, true)])]
      : []),
  ];
}

function functionFindings(schema: string, live: LiveBinding): Finding[] {
  const isRight =
    live.hasFunction &&
    live.asMade &&
    live.callable &&
    live.body === boundTenantBody(schema) &&
    live.settings?.join() === BOUND_TENANT_PATH;
  if (isRight) return [];
  const problem = live.hasFunction
    ? 'the function that checks signed bindings is not the one that was made'
    : 'the function that checks signed bindings does not exist';
  return [finding(`${schema}.${BOUND_TENANT}`, problem, createBoundTenant(schema))];
}

function finding(subject: string, problem: string, mend: readonly string[]): Finding {
  return { rule: 'signed-binding', severity: 'error', subject, problem, mend, advice: undefined };
}
