import type pg from 'pg';
import { CANARY, type ForgingWorld } from './forging-world.js';

export interface Forgery {
  readonly name: string;
  /** In order, in one transaction that is bound to ACME; what fails, fails alone. */
  readonly statements: readonly string[];
  /** Whether it reaches rows of GLOBEX where a binding is no more than settings. */
  readonly worksUnsigned: boolean;
  /** On the bare session instead, and looked at from a connection that comes later. */
  readonly lasting?: boolean;
}

export interface Forged {
  readonly name: string;
  /** Rows of GLOBEX that it has read. */
  readonly read: number;
  /** Whether rows of GLOBEX are others than before. */
  readonly changed: boolean;
  readonly refusals: readonly string[];
}

const READ = 'select email from customers';
const CALL = `set_config('rowguard.tenant_id', '$tenant', true)`;
const FORGE = `select ${CALL}`;
const SEAL = (seal: string) => `select set_config('rowguard.seal', ${seal}, true)`;

function works(name: string, ...statements: string[]): Forgery {
  return { name, statements, worksUnsigned: true };
}

function fails(name: string, ...statements: string[]): Forgery {
  return { name, statements, worksUnsigned: false };
}

const CALLS: readonly Forgery[] = [
  works('set_config', FORGE, READ),
  works('set_config for the session', FORGE.replace('true', 'false'), READ),
  works('set_config by its schema', FORGE.replace('set_config', 'pg_catalog.set_config'), READ),
  works('set_config in quotes', FORGE.replace('set_config', '"set_config"'), READ),
  works('set_config in escapes', FORGE.replace('set_config', 'U&"set\\005fconfig"'), READ),
  works(
    'the name of the setting put together',
    `select set_config('row' || 'guard.' || lower('TENANT') || '_id', '$tenant', true)`,
    READ,
  ),
  works(
    'a CTE before the scan',
    `with forged as materialized (select ${CALL} as it) select email from forged, customers where forged.it <> ''`,
  ),
  works(
    'a sub-select before the scan',
    `select email from (select ${CALL} as it offset 0) forged join lateral (select * from customers where forged.it <> '' offset 0) c on true`,
  ),
  works('the first part of a UNION', `select ${CALL} as email union all ${READ}`),
  works('a scalar sub-select', `select ${CALL}, (select string_agg(email, ',') from customers)`),
  works('a condition, read again', `${READ} where ${CALL} <> ''`, READ),
  works('ORDER BY, read again', `${READ} order by ${CALL}`, READ),
  works('GROUP BY, read again', `select count(*) from customers group by ${CALL}`, READ),
  works('RETURNING, read again', `update customers set note = 'x' returning ${CALL}`, READ),
  fails(
    'a value that is written, read again',
    `update customers set note = left(${CALL}, 5)`,
    READ,
  ),
  works('LIMIT, read again', `${READ} limit length(${CALL})`, READ),
  works('EXPLAIN ANALYZE', `explain analyze ${FORGE}`, READ),
  works(
    'text that is run as a query',
    `select query_to_xml('select set_config(''rowguard.tenant_id'', ''$tenant'', true)', true, true, '')`,
    READ,
  ),
  works(
    'text that is run as a query, with the reading',
    `select query_to_xml('select set_config(''rowguard.tenant_id'', ''$tenant'', true) union all ${READ}', true, true, '')`,
  ),
  works('a function of the owner', `select shop_set('rowguard.tenant_id', '$tenant')`, READ),
  fails(
    'an update of pg_settings',
    `update pg_settings set setting = '$tenant' where name = 'rowguard.tenant_id'`,
    READ,
  ),
];

const STATEMENTS: readonly Forgery[] = [
  works('SET', `set rowguard.tenant_id = '$tenant'`, READ),
  works('SET LOCAL', `set local rowguard.tenant_id = '$tenant'`, READ),
  works('SET SESSION in quotes', `set session "rowguard"."tenant_id" to '$tenant'`, READ),
  works('DO', `do $$ begin perform ${CALL}; end $$`, READ),
  works('EXECUTE in DO', `do $$ begin execute 'select ' || $it$${CALL}$it$; end $$`, READ),
  works('SET in DO', `do $$ begin set local rowguard.tenant_id = '$tenant'; end $$`, READ),
  works('PREPARE and EXECUTE', `prepare forged as ${FORGE}`, 'execute forged', READ),
  works(
    'a function of the session',
    `create function pg_temp.forge() returns text language sql as $$ ${FORGE} $$`,
    'select pg_temp.forge()',
    READ,
  ),
  fails(
    'the settings of a function',
    `create function pg_temp.look() returns setof text language plpgsql set rowguard.tenant_id = '$tenant' as $$ begin return query select email::text from customers; end $$`,
    'select * from pg_temp.look()',
  ),
  works(
    'the default of a column',
    `create temporary table t (x text default ${CALL})`,
    'insert into t default values',
    READ,
  ),
  works(
    'a trigger',
    'create temporary table t (x text)',
    `create function pg_temp.fire() returns trigger language plpgsql as $$ begin perform ${CALL}; return new; end $$`,
    'create trigger fire before insert on t for each row execute function pg_temp.fire()',
    `insert into t values ('x')`,
    READ,
  ),
  works('a view of the session', `create temporary view v as ${FORGE}`, 'select * from v', READ),
  works(
    'a cursor that was opened before',
    `declare c cursor for ${READ}`,
    FORGE,
    'fetch all from c',
  ),
  works(
    'a cursor that stays open',
    FORGE,
    `declare c cursor with hold for ${READ}`,
    'fetch all from c',
  ),
  works(
    'a plan for all values',
    'set local plan_cache_mode = force_generic_plan',
    `prepare r as ${READ}`,
    'execute r',
    FORGE,
    'execute r',
  ),
  works('a plan that runs in parallel', 'set local debug_parallel_query = on', FORGE, READ),
  works('a savepoint that is released', 'savepoint s', FORGE, 'release s', READ),
  works('a savepoint that is kept', 'savepoint s', FORGE, READ, 'rollback to s'),
  fails('a savepoint that is undone', 'savepoint s', FORGE, 'rollback to s', READ),
  fails('RESET', 'reset rowguard.tenant_id', READ),
  works('RESET and SET', 'reset all', `set rowguard.tenant_id = '$tenant'`, READ),
  fails('DISCARD', 'discard temp', READ),
  fails('SET ROLE', 'set local role rowguard_system', READ),
  fails('the role by set_config', `select set_config('role', 'rowguard_system', true)`, READ),
  fails('SET SESSION AUTHORIZATION', 'set session authorization postgres', READ),
  fails('row_security off', 'set local row_security = off', READ),
  { ...fails('ALTER ROLE', `alter role $login set rowguard.tenant_id = '$tenant'`), lasting: true },
  {
    ...fails(
      'ALTER ROLE in the database',
      `alter role $login in database $database set rowguard.tenant_id = '$tenant'`,
    ),
    lasting: true,
  },
  { ...works('SET for the connection', `set rowguard.tenant_id = '$tenant'`, READ), lasting: true },
];

const WRITES: readonly Forgery[] = [
  works('an update', FORGE, `update customers set note = 'forged' returning email`),
  works('a delete', FORGE, `delete from customers where email like '%0' returning email`),
  works(
    'an insert',
    FORGE,
    `insert into customers (tenant_id, id, email, version) values ('$tenant', gen_random_uuid(), '${CANARY} forged', 1) returning email`,
  ),
  works(
    'an insert with the default',
    FORGE,
    `insert into customers (id, email, version) values (gen_random_uuid(), '${CANARY} by default', 1) returning email`,
  ),
  works('a lock', FORGE, `${READ} for update`),
  fails('another tenant without a forgery', `${READ} where tenant_id = '$tenant'`),
];

const SEALS: readonly Forgery[] = [
  works('a seal of another connection', SEAL(`'$elsewhere'`), FORGE, READ),
  works('a seal of this connection from before', SEAL(`'$expired'`), FORGE, READ),
  works('the own seal for another tenant', SEAL(`'$ours'`), FORGE, READ),
  works(
    'the own seal, read from the binding',
    SEAL(`current_setting('rowguard.seal', true)`),
    FORGE,
    READ,
  ),
  works('a seal with a later time put in', SEAL(`'$later'`), FORGE, READ),
  works('a seal that is told to name no process', SEAL(`'$unnamed'`), FORGE, READ),
  works('a seal behind another tenant', SEAL(`'$spliced'`), FORGE, READ),
  works('a seal by a key that has expired', SEAL(`'$outdated'`), FORGE, READ),
  fails(
    'a tenant that reaches into the seal',
    `select set_config('rowguard.tenant_id', '$boundary', true)`,
    READ,
  ),
  works('a seal by a guessed key', SEAL(`'$guessed'`), FORGE, READ),
  works(
    'a key of the own',
    'create temporary table rowguard_binding_keys (id integer, inner_pad bytea, outer_pad bytea, created_at timestamptz, expires_at timestamptz)',
    `insert into rowguard_binding_keys values (99, '\\x$inner', '\\x$outer', now(), null)`,
    'grant select on rowguard_binding_keys to public',
    'set local search_path = pg_temp, public',
    SEAL(`'$guessed'`),
    FORGE,
    READ,
  ),
  works('a seal for any process', SEAL(`'9999999999*$hash'`), FORGE, READ),
  works('a seal cut short', SEAL(`left('$ours', -1)`), FORGE, READ),
  works('a seal without a hash', SEAL(`'9999999999'`), FORGE, READ),
  works(
    'a seal that is right, for the own tenant, and a tenant set twice',
    FORGE,
    `${FORGE}`,
    READ,
  ),
  works('a seal of dots', SEAL(`'...'`), FORGE, READ),
  works('an empty seal', SEAL(`''`), FORGE, READ),
  works('a seal in other letters', SEAL(`'١٢٣é́ﬀ$hash'`), FORGE, READ),
  works('a seal in capitals', SEAL(`upper('$ours')`), FORGE, READ),
  works('a very long seal', SEAL(`repeat('1.', 100000)`), FORGE, READ),
  works('a seal of an array', SEAL(`'{1,2,3,4}'`), FORGE, READ),
  works('a seal with NULL in it', SEAL(`'NULL'`), FORGE, READ),
  fails(
    'the tenant in capitals',
    `select set_config('rowguard.tenant_id', upper('$mine'), true)`,
    READ,
  ),
  works(
    'functions of the own before those of PostgreSQL',
    `create function pg_temp.sha256(bytea) returns bytea language sql as 'select $1'`,
    `create function pg_temp.encode(bytea, text) returns text language sql as 'select repeat(''f'', 64)'`,
    'set local search_path = pg_temp, public, pg_catalog',
    SEAL(`'9999999999$hash'`),
    FORGE,
    READ,
  ),
  fails('the function as its caller', 'alter function rowguard_bound_tenant() security invoker'),
  fails('the function without its path', 'alter function rowguard_bound_tenant() reset all', READ),
  fails('the policies', 'drop policy customers_tenant_guard on customers', READ),
  fails('the table', 'alter table customers disable row level security', READ),
  fails('the keys', 'select inner_pad from rowguard_binding_keys', READ),
  fails('the keys by the function', 'select rowguard_bound_tenant()', READ),
  fails(
    'a new function',
    `create or replace function rowguard_bound_tenant() returns uuid language sql as 'select ''$tenant''::uuid'`,
    READ,
  ),
];

export const FORGERIES: readonly Forgery[] = [...CALLS, ...STATEMENTS, ...WRITES, ...SEALS];

/** Sends one forgery as the application's login would, beside a binding for ACME that is right. */
export async function forge(world: ForgingWorld, forgery: Forgery): Promise<Forged> {
  const before = await world.rowsOfGlobex();
  const refusals: string[] = [];
  let read = 0;
  const client = await world.connect();
  try {
    const texts = await world.texts(client, forgery.statements);
    if (!forgery.lasting) {
      await client.query('begin');
      await world.bind(client);
      // A forgery that fails beside a binding that is wrong itself would prove nothing.
      if ((await client.query(READ)).rows.length === 0)
        throw new Error('The binding shows nothing');
    }
    for (const text of texts) {
      const answer = await attempt(client, text, !forgery.lasting);
      if (typeof answer === 'string') refusals.push(answer);
      else read += answer;
    }
    if (!forgery.lasting) await client.query('commit').catch(() => undefined);
  } finally {
    await client.end();
  }
  if (forgery.lasting) read += await lookLater(world, refusals);
  const changed = (await world.rowsOfGlobex()) !== before;
  return { name: forgery.name, read, changed, refusals };
}

/** The number of rows of GLOBEX in the answer, or the code of the refusal. */
async function attempt(
  client: pg.Client,
  text: string,
  inTransaction: boolean,
): Promise<number | string> {
  const isOfTransaction = /^(?:savepoint|release|rollback)/.test(text);
  const guarded = inTransaction && !isOfTransaction;
  try {
    if (guarded) await client.query('savepoint attempt');
    const { rows } = await client.query({ text, rowMode: 'array' });
    if (guarded) await client.query('release attempt');
    return JSON.stringify(rows).split(CANARY).length - 1;
  } catch (error) {
    if (guarded) await client.query('rollback to attempt');
    return (error as { code?: string }).code ?? String(error);
  }
}

async function lookLater(world: ForgingWorld, refusals: string[]): Promise<number> {
  const client = await world.connect();
  try {
    const answer = await attempt(client, READ, false);
    if (typeof answer === 'number') return answer;
    refusals.push(answer);
    return 0;
  } finally {
    await client.end();
  }
}
