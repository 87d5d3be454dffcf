import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type AuditCapture, type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import type { EntitySubscriberInterface } from 'typeorm';
import {
  LEDGER,
  LEDGER_MODES,
  LedgerAccount,
  type LedgerSource,
  type OpenLedger,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { LedgerWorld, wholeLog } from '../../support/audit/ledger-world.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { RandomHistories } from '../../support/audit/random-histories.js';
import { differences } from '../../support/audit/replay.js';
import { writePathsOn } from '../../support/audit/write-paths.js';
import { recordBar } from '../../support/bars.js';
import { Random } from '../../support/isolation/random.js';
import { openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { ACME } from '../../support/shop.js';

const HISTORIES = 10_000;
const WRITERS = 16;
const INCREMENTS = 500;
const REQUESTS = 100_000;
const SAVES = 200;
const BACKENDS = 3;
/** For a machine that is busy with other things as well. */
const LONG_MS = 900_000;

describe.each(CAPTURES)('captured by %s', (capture) => {
  const opened = async <T>(
    work: (ledger: LedgerSource) => Promise<T>,
    options: object = {},
    open: OpenLedger = openLedger,
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

  it.each(placesOf(capture))(
    'every way to write leaves what it has to on %s',
    async (where, open) => {
      const paths = writePathsOn(where);
      const wrong = await opened((ledger) => pathsThatMiss(ledger, where), {}, open);
      recordBar({
        bar: `ways to write, on ${where} (${capture})`,
        measured: paths.length,
        target: '>= 50',
        passed: paths.length >= 50,
      });
      zero(
        `ways that left too few rows or too many, and did not refuse, on ${where}`,
        wrong.length,
      );

      expect(wrong).toEqual([]);
    },
  );

  it('random histories can be replayed from the log alone', async () => {
    const apart = await opened(
      async ({ source }) => {
        await new RandomHistories(source, new Random(20_260)).run(HISTORIES, 8);
        return differences(source);
      },
      { pool: { max: 8 } },
    );
    recordBar({
      bar: `random histories, 8 at once (${capture})`,
      measured: HISTORIES,
      target: '10000',
      passed: true,
    });
    zero('rows that differ after a replay', apart.length);

    expect(apart).toEqual([]);
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
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on('warning', note);
    const saved = await opened((ledger) => savedAtOnce(ledger), {
      pool: { max, acquireTimeoutMs: 60_000 },
    }).finally(() => process.off('warning', note));
    recordBar({
      bar: `${SAVES} saves at once with ${max} connections (${capture})`,
      measured: saved,
      target: String(SAVES),
      passed: saved === SAVES,
    });
    zero(`warnings of pg with three asynchronous subscribers, ${max} connections`, warnings.length);

    expect({ saved, warnings }).toEqual({ saved: SAVES, warnings: [] });
  });

  const judge = (where: string, { rows, wrong }: Awaited<ReturnType<typeof interleaved>>) => {
    recordBar({
      bar: `interleaved requests ${where} (${capture})`,
      measured: rows,
      target: String(REQUESTS),
      passed: rows === REQUESTS,
    });
    zero(`rows with the tenant, actor or request of another, ${where}`, wrong);
    expect({ rows, wrong }).toEqual({ rows: REQUESTS, wrong: 0 });
  };

  it(
    'interleaved requests never get the actor of another',
    async () => {
      judge(
        'over 5 connections',
        await opened(({ source }) => interleaved(source), { pool: { max: 5 } }),
      );
    },
    LONG_MS,
  );

  const behindPooler = pgBouncerIsMissing() ? it.skip : it;

  behindPooler(
    'nor behind a pooler where five connections share three backends',
    async () => {
      const shop = await openPooledShop(
        { entities: LEDGER, audit: { capture }, pool: { max: 5 } },
        BACKENDS,
      );
      const found = await interleaved(shop.source).finally(() => shop.close());
      judge('over 5 connections behind PgBouncer', found);
    },
    LONG_MS,
  );
});

function placesOf(capture: AuditCapture): [where: string, open: OpenLedger][] {
  return LEDGER_MODES.flatMap(([by, where, open]) => (by === capture ? [[where, open]] : []));
}

async function pathsThatMiss(ledger: LedgerSource, where: string): Promise<string[]> {
  const world = new LedgerWorld(ledger);
  const wrong: string[] = [];
  for (const path of writePathsOn(where)) {
    await world.begin();
    const { expected, found } = await world.take(path);
    // What the list asks for could be wrong; the rows themselves are not.
    const missing = await world.missing();
    if (found.join() === expected.join() && missing.length === 0) continue;
    wrong.push([`${path[0]}:`, ...found, ...missing].join(' '));
  }
  return wrong;
}

async function savedAtOnce({ source }: LedgerSource): Promise<number> {
  const slow: EntitySubscriberInterface = {
    beforeInsert: () => pause(1),
    afterInsert: () => pause(1),
    beforeTransactionCommit: () => pause(1),
  };
  source.subscribers.push(slow, { ...slow }, { ...slow });
  const accounts = source.getRepository(LedgerAccount);
  const all = Array.from({ length: SAVES }, (_, at) =>
    asAnn(() => accounts.save({ name: `n${at}` })),
  );
  await Promise.all(all);
  return (await wholeLog({ source })).length;
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

async function interleaved(source: RowguardDataSource) {
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
