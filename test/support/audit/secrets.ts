import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { type AuditCapture, TenantContext, auditRaw, uuidV7 } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { ACME, GLOBEX } from '../shop.js';
import {
  LedgerAccount,
  LedgerEntry,
  type LedgerOptions,
  type LedgerSource,
  asAnn,
} from './ledger.js';
import { wholeLog } from './ledger-world.js';

const MOST_ROWS = 50;
/** In every value that nobody may read outside of its table. */
const SECRET = /hush-\d+/g;
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;

let seeded = 0;
const hush = () => `hush-${++seeded}`;
/** Values of the columns that are masked, and of the one that is left out. */
const secrets = () => ({ secret: hush(), pin: hush(), scratch: hush() });

export interface Seeded {
  /** Rows of the log, and how many secrets are in them. */
  readonly rows: number;
  readonly inLog: number;
  /** Errors that came up, by their names, and those that show a secret. */
  readonly errors: readonly string[];
  readonly telling: readonly string[];
  /** Lines that loggers printed, and secrets in them. */
  readonly lines: number;
  readonly inLines: number;
}

type Work = (ledger: LedgerSource) => Promise<unknown>;

const rowsOf = ({ source }: LedgerSource) => source.getRepository(LedgerAccount);

/** Changes of rows that hold secrets, in each way that the log knows. */
const CHANGES: Work = async (ledger) => {
  const { source } = ledger;
  const accounts = rowsOf(ledger);
  const row = await accounts.save({ name: 'n', ...secrets() });
  await accounts.save({ id: row.id, name: 'm', ...secrets() });
  await accounts.insert([
    { name: 'a', ...secrets() },
    { name: 'b', ...secrets() },
  ]);
  await accounts.update({ name: 'a' }, secrets());
  await accounts.updateAll({ balance: '1', ...secrets() });
  await accounts.upsert({ id: row.id, name: 'x', ...secrets() }, ['id']);
  await accounts.softDelete(row.id);
  await accounts.restore(row.id);
  await auditRaw(source, 'seeding', () =>
    source.query('update accounts set name = name, secret = $1 where tenant_id = $2', [
      hush(),
      ACME,
    ]),
  );
  await accounts.delete(row.id);
};

/** Errors of every kind about rows that hold secrets. */
const FAILURES: Readonly<Record<string, Work>> = {
  'a value that is missing': (ledger) =>
    rowsOf(ledger).insert({ name: null as never, ...secrets() }),
  'a value that is missing, saved': (ledger) =>
    rowsOf(ledger).save({ name: null as never, ...secrets() }),
  'a value that is taken': (ledger) =>
    rowsOf(ledger).insert([
      { name: 'a', code: 'one', ...secrets() },
      { name: 'b', code: 'one', ...secrets() },
    ]),
  'a rule that does not hold': (ledger) =>
    rowsOf(ledger).save({ name: 'a', balance: '-1', ...secrets() }),
  'a row that excludes it': (ledger) =>
    rowsOf(ledger).insert([
      { name: 'a', points: '7', ...secrets() },
      { name: 'b', points: '7', ...secrets() },
    ]),
  'a row that others refer to': async (ledger) => {
    const { id } = await rowsOf(ledger).save({ name: 'a', ...secrets() });
    await ledger.source.getRepository(LedgerEntry).insert({ text: 'x', accountId: id });
    await rowsOf(ledger).delete({ id, secret: `hush-${seeded - 2}` });
  },
  'a row that is not there': ({ source }) =>
    source.getRepository(LedgerEntry).insert({ text: hush(), accountId: uuidV7() }),
  'a row of another tenant': (ledger) =>
    rowsOf(ledger).insert({ name: 'a', tenantId: GLOBEX, ...secrets() }),
  'a number out of range': (ledger) =>
    rowsOf(ledger).update({ name: 'a' }, { balance: '1e30', ...secrets() }),
  'a key that is none': (ledger) => rowsOf(ledger).save({ id: 'none', name: 'a', ...secrets() }),
  'a division by zero': (ledger) =>
    rowsOf(ledger)
      .createQueryBuilder()
      .update()
      .set({ balance: () => '1 / (balance - balance)', ...secrets() })
      .execute(),
  'raw SQL that fails': ({ source }) =>
    auditRaw(source, 'seeding', () =>
      source.query('update accounts set name = null, secret = $1 where tenant_id = $2', [
        hush(),
        ACME,
      ]),
    ),
  'raw SQL that nobody answers for': ({ source }) =>
    source.query('update accounts set secret = $1, balance = 1 / (balance - balance)', [hush()]),
  'a change by nobody': (ledger) =>
    TenantContext.run({ tenantId: ACME }, () => rowsOf(ledger).insert({ name: 'a', ...secrets() })),
  'more rows than may be': (ledger) =>
    rowsOf(ledger).insert(
      Array.from({ length: MOST_ROWS + 1 }, () => ({ name: 'a', ...secrets() })),
    ),
};

/** What a ledger has to be opened with to show what it can. */
export function talkative(capture: AuditCapture): LedgerOptions {
  return { logging: 'all', audit: { capture, maxRows: MOST_ROWS } };
}

/** Seeds secrets in every way that there is, and looks for them where nobody may find one. */
export async function seedSecrets(
  open: () => Promise<LedgerSource>,
  look: Work = () => Promise.resolve(),
): Promise<Seeded> {
  const { lines, ...seeded } = await printedBy(async (listen) => {
    const ledger = await open();
    listen();
    try {
      await withRules(ledger);
      await asAnn(() => CHANGES(ledger));
      const failures = await failuresOf(ledger);
      await look(ledger);
      return { ...failures, log: await wholeLog(ledger) };
    } finally {
      await ledger.close();
    }
  });
  const { log, ...failures } = seeded;
  return {
    ...failures,
    rows: log.length,
    inLog: hitsIn(JSON.stringify(log)),
    lines: lines.length,
    inLines: hitsIn(lines.join('\n')),
  };
}

export function hitsIn(text: string): number {
  return text.match(SECRET)?.length ?? 0;
}

function withRules({ source }: LedgerSource): Promise<unknown> {
  return runAsOwner('a test', async () => {
    await source.query('alter table accounts add constraint ck_seeded check (balance >= 0)');
    await source.query('alter table accounts add exclude using btree (points with =)');
  });
}

async function failuresOf(ledger: LedgerSource) {
  const errors: string[] = [];
  const telling: string[] = [];
  for (const [name, work] of Object.entries(FAILURES)) {
    for (const within of [work, (one: LedgerSource) => one.source.transaction(() => work(one))]) {
      const error = await asAnn(() => within(ledger)).then(
        () => undefined,
        (one: unknown) => one,
      );
      if (error) errors.push((error as Error).name);
      if (error && hitsIn(written(error)) > 0) telling.push(name);
    }
  }
  return { errors, telling };
}

/** An error in each form that it may be written down in. */
function written(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return [
    String(error),
    message,
    stack,
    JSON.stringify(error),
    inspect(error, { depth: 10 }),
    String(cause),
    JSON.stringify(cause),
  ].join('\n');
}

/** What loggers print meanwhile: those of TypeORM, and that of Nest once somebody listens. */
async function printedBy<T extends object>(
  work: (listen: () => void) => Promise<T>,
): Promise<T & { lines: string[] }> {
  const lines: string[] = [];
  const known = METHODS.map((method) => console[method]);
  const print = (...parts: unknown[]) =>
    void lines.push(parts.map((part) => inspect(part)).join(' '));
  for (const method of METHODS) console[method] = print;
  try {
    const listen = () =>
      Logger.overrideLogger({ log: print, warn: print, error: print, debug: print, fatal: print });
    return { ...(await work(listen)), lines };
  } finally {
    for (const [at, method] of METHODS.entries()) console[method] = known[at] as typeof print;
    Logger.overrideLogger(false);
  }
}
