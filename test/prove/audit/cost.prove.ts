import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { AuditGuard } from '../../../src/audit/audit-guard.js';
import type { AuditPlan } from '../../../src/audit/audit-plan.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { recordBar } from '../../support/bars.js';
import {
  LedgerAccount,
  type LedgerSource,
  Sketch,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { WireProxy } from '../../support/wire-proxy.js';

const ROWS = 10_000;
const ROUNDS = 7;
const SINGLE_ROWS = 400;
const TENANT = '0190a000-0000-7000-8000-0000000000a1';

/** Twelve columns of the usual kinds. */
const COLUMNS =
  'tenant_id uuid;id uuid;a text;b text;n numeric(18,6);i int;t timestamptz;j jsonb;f boolean;u uuid;x text;y bigint'.split(
    ';',
  );
const NAMES = COLUMNS.map((column) => column.split(' ')[0] ?? '');
const CHANGE = `a = a || '.', i = i + 1, t = clock_timestamp()`;

const INSERT_LOG = `insert into audit_logs (tenant_id, actor_type, source, op, schema_name, table_name, entity, pk, diff)`;
const ROW_TRIGGERS = {
  /** As audit extensions do it: for whatever table, over the keys of the row as JSON. */
  'row-level trigger with the same diff': `
    declare d jsonb; begin
      select jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value)) into d
        from jsonb_each(to_jsonb(new)) n join jsonb_each(to_jsonb(old)) o using (key) where o.value is distinct from n.value;
      if d is not null then ${INSERT_LOG} values (new.tenant_id, 'user', 'trigger', 'update', 'public', 'wide', 'Wide', jsonb_build_object('id', new.id), d); end if;
      return null; end`,
  /** Written for this table, as nobody does by hand. */
  'row-level trigger with the same diff, written for the table': `
    declare d jsonb; begin
      d := ${NAMES.map((name) => `case when old.${name} is distinct from new.${name} then jsonb_build_object('${name}', jsonb_build_array(old.${name}, new.${name})) else '{}' end`).join(' || ')};
      if d <> '{}' then ${INSERT_LOG} values (new.tenant_id, 'user', 'trigger', 'update', 'public', 'wide', 'Wide', jsonb_build_object('id', new.id), d); end if;
      return null; end`,
  'row-level trigger with whole rows': `
    begin ${INSERT_LOG} values (new.tenant_id, 'user', 'trigger', 'update', 'public', 'wide', 'Wide', jsonb_build_object('id', new.id),
      jsonb_build_object('row', jsonb_build_array(to_jsonb(old), to_jsonb(new)))); return null; end`,
} as const;

const PLAN: AuditPlan = {
  schema: 'public',
  table: 'wide',
  entity: 'Wide',
  capture: 'trigger',
  onError: 'fail',
  key: ['id'],
  tenantColumn: 'tenant_id',
  deletedColumn: undefined,
  exclude: [],
  mask: [],
  ignore: [],
};

type Contestant = 'no audit' | 'ours' | keyof typeof ROW_TRIGGERS;

interface Times {
  readonly bulk: number;
  readonly single: number;
}

describe('what the log costs', () => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  it('in time, beside row-level triggers in the same run', async () => {
    const times = await ledger.database?.asOwner((client) => race(client));
    const of = (one: Contestant) => times?.get(one) ?? { bulk: Infinity, single: Infinity };
    const ours = of('ours');
    atMost(
      '10,000-row update, of a row-level trigger with the same diff',
      ours.bulk / of('row-level trigger with the same diff').bulk,
      0.6,
    );
    told(
      '10,000-row update, of one written for the table',
      ours.bulk / of('row-level trigger with the same diff, written for the table').bulk,
    );
    atMost('10,000-row update, of no audit', ours.bulk / of('no audit').bulk, 6);
    atMost(
      'one-row update, µs more than no audit',
      (ours.single - of('no audit').single) * 1_000,
      100,
    );
    atMost(
      'one-row update, of a row-level trigger with whole rows',
      ours.single / of('row-level trigger with whole rows').single,
      1.25,
    );

    expect(ours.bulk / of('row-level trigger with the same diff').bulk).toBeLessThan(0.6);
  });

  it('in bytes', async () => {
    const bytes = await ledger.database?.asOwner(async (client) => {
      const { rows } = await client.query<{ bytes: number }>(
        `select avg(pg_column_size(l.*))::float as bytes from (
           select * from audit_logs where table_name = 'wide' and source = 'trigger' and jsonb_typeof(diff->'row') is null order by id desc limit 1000) l`,
      );
      return rows[0]?.bytes ?? Infinity;
    });
    atMost('bytes of a row of the log, of a table with 12 columns', bytes ?? Infinity, 400);

    expect(bytes).toBeLessThan(400);
  });
});

describe.each(CAPTURES)('what the log costs in statements, written by %s', (capture) => {
  const more = capture === 'orm' ? 1 : 0;

  it.each([1, 50, 1_000])('a save of %d rows', async (count) => {
    const ledger = await openLedger({ audit: { capture } });
    const { source } = ledger;
    const rows = () => Array.from({ length: count }, (_, at) => ({ name: `n${at}`, text: 'x' }));
    const save = (target: typeof LedgerAccount | typeof Sketch) =>
      textsSentBy(() => asAnn(() => source.getRepository(target as never).save(rows() as never)));
    const surplus = (await save(LedgerAccount)).length - (await save(Sketch)).length;
    await ledger.close();
    recordBar({
      bar: `statements more for a save of ${count} rows (${capture})`,
      measured: surplus,
      target: String(more),
      passed: surplus === more,
    });

    expect(surplus).toBe(more);
  });

  it.each([1, 5])('round trips of a transaction with %d changes', async (count) => {
    const proxy = await WireProxy.start(process.env['ROWGUARD_TEST_URL'] ?? '');
    const ledger = await openLedger({
      serverUrl: proxy.url,
      audit: { capture },
      pool: { max: 1 },
    });
    const { source } = ledger;
    const changes = async (target: typeof LedgerAccount | typeof Sketch) => {
      const rows = source.getRepository<LedgerAccount | Sketch>(target);
      for (let nr = 0; nr < count; nr++) await rows.insert({ name: 'n', text: 'x' });
    };
    const trips = async (target: typeof LedgerAccount | typeof Sketch) => {
      const work = () => asAnn(() => source.transaction(() => changes(target)));
      // Statements are prepared at their first sights.
      for (let sight = 0; sight < 3; sight++) await work();
      const counts = await proxy.during(work);
      return Math.max(counts.roundTrips, counts.ready);
    };
    const surplus = (await trips(LedgerAccount)) - (await trips(Sketch));
    await ledger.close();
    await proxy.close();
    recordBar({
      bar: `round trips more for a transaction with ${count} changes (${capture})`,
      measured: surplus,
      target: String(more),
      passed: surplus === more,
    });

    expect(surplus).toBe(more);
  });
});

/** The contestants take turns, so that none of them has the quiet moments for itself. */
async function race(client: pg.Client): Promise<Map<Contestant, Times>> {
  const contestants: Contestant[] = [
    'no audit',
    'ours',
    ...(Object.keys(ROW_TRIGGERS) as (keyof typeof ROW_TRIGGERS)[]),
  ];
  const best = new Map<Contestant, Times>();
  await client.query(`set rowguard.tenant_id = '${TENANT}'; set rowguard.actor_id = 'ann'`);
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of contestants) {
      await freshTable(client);
      await prepare(client, one);
      const times = { bulk: await bulkUpdate(client), single: await singleUpdates(client) };
      const known = best.get(one);
      best.set(one, {
        bulk: Math.min(known?.bulk ?? Infinity, times.bulk),
        single: Math.min(known?.single ?? Infinity, times.single),
      });
    }
  }
  return best;
}

async function freshTable(client: pg.Client): Promise<void> {
  await client.query('drop table if exists wide cascade');
  await client.query(`create table wide (${COLUMNS.join(', ')}, primary key (tenant_id, id))`);
  await client.query(
    `insert into wide select '${TENANT}', gen_random_uuid(), 'a' || g, 'b' || g, g, g, now(), '{"k": 1}', true, gen_random_uuid(), repeat('x', 40), g
     from generate_series(1, ${ROWS}) g`,
  );
  await client.query('vacuum analyze wide');
}

async function prepare(client: pg.Client, one: Contestant): Promise<void> {
  const run = async (sql: string, values?: unknown[]) => (await client.query(sql, values)).rows;
  if (one === 'no audit') return;
  if (one === 'ours') {
    await new AuditGuard(run as never, [PLAN], 'public').mend();
    return;
  }
  await client.query(
    `create or replace function row_audit() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $f$${ROW_TRIGGERS[one]}$f$`,
  );
  await client.query(
    'create trigger row_audit after update on wide for each row execute function row_audit()',
  );
}

async function bulkUpdate(client: pg.Client): Promise<number> {
  const started = performance.now();
  await client.query(`update wide set ${CHANGE}`);
  return performance.now() - started;
}

/** The median of single updates, in milliseconds. */
async function singleUpdates(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ id: string }>(`select id from wide limit ${SINGLE_ROWS}`);
  const times: number[] = [];
  for (const { id } of rows) {
    const started = performance.now();
    await client.query({
      name: 'single',
      text: `update wide set ${CHANGE} where tenant_id = $1 and id = $2`,
      values: [TENANT, id],
    });
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
}

function atMost(bar: string, measured: number, most: number): void {
  const rounded = Math.round(measured * 100) / 100;
  recordBar({ bar, measured: rounded, target: `<= ${most}`, passed: rounded <= most });
}

function told(bar: string, measured: number): void {
  const rounded = Math.round(measured * 100) / 100;
  recordBar({ bar, measured: rounded, target: 'told', passed: true });
}
