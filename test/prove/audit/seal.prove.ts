import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditAnchor, AuditSealer, AuditSeals, type SealingReport } from 'nestjs-rowguard';
import { type Bar, recordBar } from '../../support/bars.js';
import { type LedgerSource, openLedger } from '../../support/audit/ledger.js';
import { sealAll, testKey, writeRows } from '../../support/sealed-log.js';
import { GLOBEX } from '../../support/shop.js';
import { tamper } from '../../support/tampering-battery.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };
const LONG_MS = 300_000;

describe('a log of a million rows that 32 writers fill while it is sealed', () => {
  const rows = 1_000_000;
  const writers = 32;
  const rowsACall = 1_000;
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ pool: { max: writers } });
  });
  afterAll(() => ledger.close());

  it(
    'is verified fast, and without a false alarm',
    async () => {
      const seals = new AuditSeals(ledger.source, KEY);
      const reports: SealingReport[] = [];
      const failures: unknown[] = [];
      const sealer = new AuditSealer(seals, {
        everyMs: 200,
        onSealed: (report) => void reports.push(report),
        onFailure: (error) => failures.push(error),
      });
      let left = rows / rowsACall;
      sealer.start();
      await Promise.all(
        Array.from({ length: writers }, async (_, nr) => {
          while (left-- > 0) await writeRows(ledger.source, rowsACall, ...(nr % 2 ? [GLOBEX] : []));
        }),
      );
      await sealer.stop();
      const meanwhile = reports.reduce((sum, report) => sum + report.rows, 0);
      await sealAll(seals);
      const started = performance.now();
      const report = await seals.verify({ publicKeys });
      const rate = Math.round(report.rows / ((performance.now() - started) / 1_000));

      judge([
        bar('seal: rows verified a second', rate, '>= 50000', rate >= 50_000),
        bar('seal: false alarms over a million rows', report.findings.length, '0', report.intact),
        bar(
          'seal: rows sealed while 32 writers wrote',
          meanwhile,
          '>= 100000',
          meanwhile >= 100_000,
        ),
      ]);
      expect({ rows: report.rows, failures }).toEqual({ rows, failures: [] });
    },
    LONG_MS,
  );
});

describe('a log that somebody with all rights tampers with', () => {
  const count = 12;
  const times = 1_001;
  let ledger: LedgerSource;
  let anchor: AuditAnchor;

  beforeAll(async () => {
    ledger = await openLedger();
    const seals = new AuditSeals(ledger.source, KEY);
    for (let nr = 0; nr < count; nr++) {
      await writeRows(ledger.source, 15);
      await writeRows(ledger.source, 5, GLOBEX);
      await sealAll(seals);
    }
    anchor = (await seals.head()) as AuditAnchor;
  });
  afterAll(() => ledger.close());

  it(
    'shows each deed by its name',
    async () => {
      const { wrong } = await tamper(ledger.source, { key: KEY, anchor, seals: count, times });

      for (const one of wrong) process.stdout.write(`${one}\n`);
      const found = times - wrong.length;
      judge([bar('seal: tamperings found in the right class', found, `${times}`, found === times)]);
    },
    LONG_MS,
  );
});

describe('writers beside a sealer', () => {
  const writers = 4;
  const periodMs = 3_000;
  const thinkMs = 4;
  const everyMs = 1_000;
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ pool: { max: writers } });
  });
  afterAll(() => ledger.close());

  it(
    'do not wait for it',
    async () => {
      const seals = new AuditSeals(ledger.source, KEY);
      const ages: number[] = [];
      const sealer = new AuditSealer(seals, {
        everyMs,
        onSealed: async () => void ages.push((await seals.lag()).ageMs),
      });
      await latencies(ledger, { writers, periodMs, thinkMs });
      const [without, beside]: [number[], number[]] = [[], []];
      for (let round = 0; round < 7; round++) {
        without.push(...(await latencies(ledger, { writers, periodMs, thinkMs })));
        sealer.start();
        beside.push(...(await latencies(ledger, { writers, periodMs, thinkMs })));
        await sealer.stop();
      }
      const ratio = (share: number) => quantile(beside, share) / quantile(without, share);
      const times = [0.5, 0.99].map((share) =>
        [without, beside].map((all) => `${quantile(all, share).toFixed(2)} ms`).join(' -> '),
      );
      process.stdout.write(`one row: median ${times[0]}, 99th ${times[1]}\n`);
      const oldest = Math.max(...ages);
      judge([
        bar(
          'seal: median of a write beside the sealer',
          round(ratio(0.5)),
          '<= 1.25',
          ratio(0.5) <= 1.25,
        ),
        bar(
          'seal: 99th of a write beside the sealer',
          round(ratio(0.99)),
          '<= 1.5',
          ratio(0.99) <= 1.5,
        ),
        bar('seal: oldest row without a seal, ms', oldest, `<= ${everyMs}`, oldest <= everyMs),
      ]);
    },
    LONG_MS,
  );
});

async function latencies(
  { source }: LedgerSource,
  plan: { writers: number; periodMs: number; thinkMs: number },
): Promise<number[]> {
  const all: number[] = [];
  const end = performance.now() + plan.periodMs;
  const writer = async () => {
    while (performance.now() < end) {
      const started = performance.now();
      await writeRows(source, 1);
      all.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, plan.thinkMs));
    }
  };
  await Promise.all(Array.from({ length: plan.writers }, writer));
  return all;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? 0;
}

function round(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}

function bar(name: string, measured: number, target: string, passed: boolean): Bar {
  return { bar: name, measured, target, passed };
}

function judge(bars: readonly Bar[]): void {
  for (const one of bars) recordBar(one);
  expect(bars.filter((one) => !one.passed)).toEqual([]);
}
