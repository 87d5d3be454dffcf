import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import {
  LedgerAccount,
  LedgerGroup,
  type LedgerSource,
  ORM_SERVERS,
  asAnn,
  openOrmLedger,
} from '../../support/audit/ledger.js';
import { ACME } from '../../support/shop.js';

const WRITERS = 16;
const SAVES = 200;

jest.setTimeout(120_000);

interface Step {
  readonly before: number;
  readonly after: number;
}

const [NOW, EARLIER] = ORM_SERVERS;
const PLACES = [
  [...NOW, 150],
  [...EARLIER, 100],
] as const;

describe.each(PLACES)('many who write at once on %s', (_, open, times) => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await open({ pool: { max: WRITERS } });
  });
  afterAll(() => ledger.close());

  const look = <Row>(sql: string, values: unknown[]) =>
    TenantContext.runAsSystem('looking', () => ledger.source.query<Row[]>(sql, values));

  it('leave one unbroken path of old and new values', async () => {
    const accounts = ledger.source.getRepository(LedgerAccount);
    const { id } = await asAnn(() => accounts.save({ name: 'counted' }));
    await Promise.all(
      Array.from({ length: WRITERS }, (__, writer) =>
        TenantContext.run({ tenantId: ACME, actorId: `writer-${writer}` }, async () => {
          for (let at = 0; at < times; at++) await accounts.increment({ id }, 'balance', 1);
        }),
      ),
    );
    const steps = await look<Step>(
      `select (diff->'balance'->>0)::numeric::int as before, (diff->'balance'->>1)::numeric::int as after
       from audit_logs where table_name = 'accounts' and op = 'update' and pk = $1 order by 2`,
      [{ id }],
    );

    expect(steps).toEqual(
      Array.from({ length: WRITERS * times }, (__, at) => ({ before: at, after: at + 1 })),
    );
  });

  it('leave one unbroken path through save() as well, whatever each had read', async () => {
    const accounts = ledger.source.getRepository(LedgerAccount);
    const { id } = await asAnn(() => accounts.save({ name: 'first' }));
    await Promise.all(
      Array.from({ length: WRITERS }, (__, writer) =>
        asAnn(async () => {
          for (let at = 0; at < 20; at++) await accounts.save({ id, name: `${writer}-${at}` });
        }),
      ),
    );
    const steps = await look<{ before: string; after: string; version: string }>(
      `select diff->'name'->>0 as before, diff->'name'->>1 as after from audit_logs
       where table_name = 'accounts' and op = 'update' and pk = $1 order by (diff->'version'->>1)::int`,
      [{ id }],
    );

    expect(steps).toHaveLength(WRITERS * 20);
    expect(steps.map((step) => step.before)).toEqual([
      'first',
      ...steps.slice(0, -1).map((step) => step.after),
    ]);
  });
});

describe.each([1, 4])('a pool of %i', (max) => {
  it(`lets ${SAVES} saves at once through, each with its part of the log`, async () => {
    const ledger = await openOrmLedger({ pool: { max, acquireTimeoutMs: 60_000 } });
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on('warning', note);
    try {
      const { source } = ledger;
      const slow = { afterInsert: () => new Promise<void>((resolve) => setTimeout(resolve, 1)) };
      source.subscribers.push(slow, { ...slow }, { ...slow });
      const groups = source.getRepository(LedgerGroup);
      await Promise.all(
        Array.from({ length: SAVES }, (_, at) => asAnn(() => groups.save({ name: `n${at}` }))),
      );
      const [{ rows } = { rows: 0 }] = await TenantContext.runAsSystem('looking', () =>
        source.query<{ rows: number }[]>(
          `select count(distinct pk)::int as rows from audit_logs where table_name = 'groups'`,
        ),
      );

      expect(rows).toBe(SAVES);
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', note);
      await ledger.close();
    }
  });
});
