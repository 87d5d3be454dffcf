import { describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { CAPTURES } from '../../support/audit/modes.js';
import { RandomHistories, randomFrom } from '../../support/audit/random-histories.js';
import { replayed, stored } from '../../support/audit/replay.js';
import { wholeLog, writeLedger } from '../../support/audit/write-ledger.js';
import { WRITE_PATHS } from '../../support/audit/write-paths.js';
import { recordBar } from '../../support/bars.js';
import {
  LEDGER_PLACES,
  LedgerAccount,
  type LedgerSource,
  asAnn,
  openLedger,
} from '../../support/ledger.js';
import { ACME } from '../../support/shop.js';

const HISTORIES = 10_000;
const WRITERS = 16;
const INCREMENTS = 500;
const REQUESTS = 100_000;
const SAVES = 200;

describe.each(CAPTURES)('captured by %s', (capture) => {
  const opened = async <T>(
    work: (ledger: LedgerSource) => Promise<T>,
    options: object = {},
    open: (typeof LEDGER_PLACES)[number][1] = openLedger,
  ): Promise<T> => {
    const ledger = await open({ audit: { capture }, ...options });
    try {
      return await work(ledger);
    } finally {
      await ledger.close();
    }
  };
  const zero = (bar: string, measured: number) =>
    recordBar({ bar: `${bar} (${capture})`, measured, target: '0', passed: measured === 0 });

  it.each(LEDGER_PLACES)('every way to write leaves what it has to on %s', async (where, open) => {
    const wrong = await opened((ledger) => pathsThatMiss(ledger), {}, open);
    recordBar({
      bar: `ways to write, on ${where} (${capture})`,
      measured: WRITE_PATHS.length,
      target: '>= 30',
      passed: WRITE_PATHS.length >= 30,
    });
    zero(`ways that left too few rows or too many, on ${where}`, wrong.length);

    expect(wrong).toEqual([]);
  });

  it('random histories can be replayed from the log alone', async () => {
    const differences = await opened(
      async ({ source }) => {
        await new RandomHistories(source, randomFrom(20_260)).run(HISTORIES, 8);
        const found: string[] = [];
        for (const table of ['accounts', 'entries']) {
          const [told, there] = [await replayed(source, table), await stored(source, table)];
          const known = new Set(there);
          found.push(...told.filter((row) => !known.has(row)));
          found.push(...there.filter((row) => !new Set(told).has(row)));
        }
        return found;
      },
      { pool: { max: 8 } },
    );
    recordBar({
      bar: `random histories, 8 at once (${capture})`,
      measured: HISTORIES,
      target: '10000',
      passed: true,
    });
    zero('rows that differ after a replay', differences.length);

    expect(differences).toEqual([]);
  });

  it('increments of one row form one path', async () => {
    const { breaks, steps } = await opened((ledger) => incrementedPath(ledger), {
      pool: { max: WRITERS },
    });
    recordBar({
      bar: `increments of one row by ${WRITERS} writers (${capture})`,
      measured: steps,
      target: String(WRITERS * INCREMENTS),
      passed: steps === WRITERS * INCREMENTS,
    });
    zero('breaks in the path of old and new values', breaks);

    expect(breaks).toBe(0);
  });

  it.each([1, 4])('%d connections are enough for 200 saves at once', async (max) => {
    const saved = await opened(
      async ({ source }) => {
        const accounts = source.getRepository(LedgerAccount);
        const all = Array.from({ length: SAVES }, (_, at) =>
          asAnn(() => accounts.save({ name: `n${at}` })),
        );
        await Promise.all(all);
        return (await wholeLog({ source })).length;
      },
      { pool: { max, acquireTimeoutMs: 60_000 } },
    );
    recordBar({
      bar: `${SAVES} saves at once with ${max} connections (${capture})`,
      measured: saved,
      target: String(SAVES),
      passed: saved === SAVES,
    });

    expect(saved).toBe(SAVES);
  });

  it('interleaved requests never get the actor of another', async () => {
    const { rows, wrong } = await opened((ledger) => interleaved(ledger), { pool: { max: 5 } });
    recordBar({
      bar: `interleaved requests over 5 connections (${capture})`,
      measured: rows,
      target: String(REQUESTS),
      passed: rows === REQUESTS,
    });
    zero('rows with the tenant, actor or request of another', wrong);

    expect({ rows, wrong }).toEqual({ rows: REQUESTS, wrong: 0 });
  });
});

async function pathsThatMiss(ledger: LedgerSource): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, write, rows] of WRITE_PATHS) {
    const written = await writeLedger(ledger);
    const before = BigInt((await wholeLog(ledger)).at(-1)?.id ?? 0);
    await asAnn(() => write(written));
    const told = (await wholeLog(ledger)).filter((row) => BigInt(row.id) > before);
    const found = told.map((row) => `${row.op} ${row.tableName}`).toSorted();
    if (
      found.join() !==
      rows
        .map((row) => row.join(' '))
        .toSorted()
        .join()
    )
      wrong.push(`${name}: ${found.join()}`);
  }
  return wrong;
}

async function incrementedPath({ source }: LedgerSource) {
  const accounts = source.getRepository(LedgerAccount);
  const { id } = await asAnn(() => accounts.save({ name: 'counted', points: '0' }));
  const writer = async () => {
    for (let step = 0; step < INCREMENTS; step++)
      await asAnn(() => accounts.increment({ id }, 'points', 1));
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const log = (await wholeLog({ source })).filter((row) => row.op === 'update');
  const pairs = log.map((row) => row.diff?.['points'] ?? []);
  const breaks = pairs.filter(([before, after], at) => before !== at || after !== at + 1).length;
  return { steps: pairs.length, breaks };
}

async function interleaved({ source }: LedgerSource) {
  const accounts = source.getRepository(LedgerAccount);
  let left = REQUESTS;
  const requests = async () => {
    while (left-- > 0) {
      const tenantId = `${ACME.slice(0, -2)}${String(left % 97).padStart(2, '0')}`;
      const [actorId, requestId] = [`actor-${left % 1_009}`, `request-${left}`];
      await TenantContext.run({ tenantId, actorId, requestId }, () =>
        accounts.insert({ name: `${tenantId} ${actorId} ${requestId}` }),
      );
    }
  };
  await Promise.all(Array.from({ length: 50 }, requests));
  const [counted] = await TenantContext.runAsSystem('counting', () =>
    source.query<{ rows: number; wrong: number }[]>(
      `select count(*)::int as rows, count(*) filter (where diff->'name'->>1
         is distinct from concat_ws(' ', tenant_id, actor_id, request_id))::int as wrong from audit_logs`,
    ),
  );
  return counted ?? { rows: 0, wrong: -1 };
}
