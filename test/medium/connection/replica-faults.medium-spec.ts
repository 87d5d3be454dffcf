import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseHealth,
  type RowguardDataSource,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { Balancer } from '../../support/balancer.js';
import { ReplicatedShop } from '../../support/replicated-shop.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, SHOP } from '../../support/shop.js';
import { StandbyServer } from '../../support/standby-server.js';

const WHERE = 'select pg_is_in_recovery() as replica';

const isOnReplica = async (source: RowguardDataSource): Promise<boolean> => {
  const runner = source.createQueryRunner('slave');
  try {
    const [row] = (await runner.query(WHERE)) as { replica: boolean }[];
    return row?.replica === true;
  } finally {
    await runner.release();
  }
};

/** What cannot be compressed, so that the log grows by as much. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64');

describe('replicas that fail', () => {
  let shop: ReplicatedShop;
  const opened: RowguardDataSource[] = [];

  beforeAll(async () => {
    shop = await ReplicatedShop.open(2, {
      pool: { max: 4, acquireTimeoutMs: 5_000 },
      replication: { checkMs: 50, maxLagMs: 500 },
    });
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () => shop.customers.insert({ email: 'one' }));
    }
    await shop.caughtUp();
  }, 60_000);
  afterAll(async () => {
    for (const source of opened) if (source.isInitialized) await source.destroy();
    await shop.close();
  });

  const open = async (
    replicas: string[],
    replication: { waitMs?: number; checkMs?: number; maxLagMs?: number } = {},
  ): Promise<RowguardDataSource> => {
    const source = createDataSource({
      url: shop.database.url,
      replicas,
      entities: SHOP,
      replication: { checkMs: 50, maxLagMs: 60_000, ...replication },
    });
    opened.push(source);
    return source.initialize();
  };
  const standby = (at: number): StandbyServer => shop.standbys[at] as StandbyServer;
  const allFit = (): Promise<void> => shop.until(() => shop.fit() === 2);

  it.each(['SIGINT', 'SIGQUIT'] as const)(
    'one that goes under load (%s) costs no read, and is taken back when it is there again',
    async (signal) => {
      await allFit();
      const load = { isOver: false };
      let reads = 0;
      const failed: unknown[] = [];
      const reader = async (tenantId: string): Promise<void> => {
        while (!load.isOver) {
          try {
            const rows = await as(tenantId, () => shop.customers.find());
            if (rows.length !== 1 || rows[0]?.tenantId !== tenantId) failed.push(rows);
            reads++;
          } catch (error) {
            failed.push(error);
          }
        }
      };
      const readers = [ACME, GLOBEX, ACME, GLOBEX, ACME, GLOBEX].map(reader);
      await pause(100);
      await standby(0).halt(signal);
      await shop.until(() => shop.fit() === 1);
      await pause(100);
      await standby(0).resume();
      await allFit();
      load.isOver = true;
      await Promise.all(readers);
      expect(failed).toEqual([]);
      expect(reads).toBeGreaterThan(50);
    },
  );

  it('when none is left, the primary reads', async () => {
    await allFit();
    for (const one of shop.standbys) await one.halt('SIGQUIT');
    expect(await as(ACME, () => isOnReplica(shop.source))).toBe(false);
    expect(await as(ACME, () => shop.customers.count())).toBe(1);
    // A start does not wait for them either, nor fail.
    const source = await open(shop.standbys.map((one) => one.at(shop.database.url)));
    expect(source.replicas?.states().map(({ isFit }) => isFit)).toEqual([false, false]);
    expect(await as(ACME, () => isOnReplica(source))).toBe(false);
    for (const one of shop.standbys) await one.resume();
    await allFit();
    expect(await as(ACME, () => isOnReplica(shop.source))).toBe(true);
  });

  it('the health tells how far each is behind, and by how much is too much', async () => {
    await allFit();
    await shop.caughtUp();
    const most = 20_000;
    const source = createDataSource({
      url: shop.database.url,
      replicas: shop.standbys.map((one) => one.at(shop.database.url)),
      entities: SHOP,
      health: { cacheMs: 0, maxReplicaLagBytes: most },
    });
    opened.push(source);
    await source.initialize();
    const health = (): Promise<DatabaseHealth> => source.health.report({ fresh: true });
    const lags = ({ replicas = [] }: DatabaseHealth): boolean[] =>
      replicas.map(({ lagBytes }) => (lagBytes ?? 0) > most);
    await shop.caughtUp();
    expect(lags(await health())).toEqual([false, false]);

    await standby(0).pauseReplay();
    await as(GLOBEX, () => shop.customers.update({ email: 'one' }, { note: noise(60_000) }));
    await standby(1).caughtUp();
    const behind = await health();
    await standby(0).resumeReplay();
    await shop.caughtUp();

    expect(behind).toMatchObject({ status: 'degraded', reasons: ['replica-lag'] });
    expect(lags(behind)).toEqual([true, false]);
    expect(await health()).toMatchObject({ status: 'up', reasons: [] });
  });

  it('one that lags too far behind is left out; an idle primary is no lag', async () => {
    await allFit();
    await pause(800);
    expect(shop.fit()).toBe(2);
    await standby(0).pauseReplay();
    let at = 0;
    await shop.until(async () => {
      await as(GLOBEX, () => shop.customers.update({ email: 'one' }, { note: `${at++}` }));
      return shop.fit() === 1;
    });
    const [behind] = shop.source.replicas?.states() ?? [];
    expect(behind).toMatchObject({
      name: 'replica-1',
      isFit: false,
      problem: 'it lags behind by more than 500 ms',
    });
    await standby(0).resumeReplay();
    await allFit();
  });

  it('a read waits for a replica to come as far, where it is told to', async () => {
    await allFit();
    const source = await open([standby(0).at(shop.database.url)], { waitMs: 10_000 });
    await shop.caughtUp();
    await standby(0).pauseReplay();
    await as(ACME, async () => {
      await new TenantRepository(Customer, source).update({ email: 'one' }, { note: 'waited' });
      const read = isOnReplica(source);
      expect(await Promise.race([read, pause(200, 'waits')])).toBe('waits');
      await standby(0).resumeReplay();
      expect(await read).toBe(true);
    });
    const impatient = await open([standby(0).at(shop.database.url)], { waitMs: 100 });
    await standby(0).pauseReplay();
    await as(ACME, async () => {
      await new TenantRepository(Customer, impatient).update({ email: 'one' }, { note: 'no' });
      expect(await isOnReplica(impatient)).toBe(false);
    });
    await standby(0).resumeReplay();
  });

  it('behind a balancer the server that answers is asked, not the one that was checked', async () => {
    await shop.caughtUp();
    await allFit();
    const [ahead, behind] = shop.standbys.map((one) => Number(new URL(one.url).port));
    const balancer = await Balancer.start((nth) => (nth === 0 ? ahead : behind) as number);
    const source = await open([balancer.through(shop.database.url)]);
    const customers = new TenantRepository(Customer, source);
    await standby(1).pauseReplay();
    await as(ACME, async () => {
      await customers.update({ email: 'one' }, { note: 'seen' });
      await standby(0).caughtUp();
      await pause(200);
      // The one that is checked has it by now; the read meets the other one.
      expect(await customers.find()).toMatchObject([{ note: 'seen' }]);
    });
    // Whoever wrote nothing takes what there is.
    expect(await as(ACME, () => customers.find())).not.toMatchObject([{ note: 'seen' }]);
    await source.destroy();
    await balancer.stop();
    await standby(1).resumeReplay();
  });

  it('a server that is no replica of this primary gets no reads', async () => {
    const other = await StandbyServer.of(shop.primary);
    await other.promote();
    const stranger = new URL(process.env['ROWGUARD_TEST_URL'] as string);
    const source = await open([
      other.at(shop.database.url),
      stranger.toString(),
      shop.database.url,
    ]);
    const [promoted, unprepared, itself] = source.replicas?.states() ?? [];
    expect(promoted).toMatchObject({ isFit: false, problem: 'it follows no primary (any more)' });
    expect(unprepared).toMatchObject({ isFit: false });
    expect(itself).toMatchObject({ isFit: false, problem: 'it follows no primary (any more)' });
    expect(await as(ACME, () => isOnReplica(source))).toBe(false);
    await source.destroy();
    await other.stop();
  });
});
