import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, checkHealth } from 'nestjs-rowguard';
import { openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { ACME } from '../../support/shop.js';
import { as, openEmbeddedShop } from '../../support/shop-source.js';

const behindPooler = pgBouncerIsMissing() ? describe.skip : describe;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe('health on the embedded engine', () => {
  async function embedded(): Promise<RowguardDataSource> {
    const source = await openEmbeddedShop({ health: { cacheMs: 0, factsMs: 100 } });
    closing.push(() => source.destroy());
    return source;
  }

  it('is up, and leaves the one session as it was', async () => {
    const source = await embedded();

    const health = await checkHealth(source, { fresh: true });

    expect(health).toMatchObject({ status: 'up', isolation: 'held' });
    expect(health.pools).toEqual({ application: { used: 0, idle: 1, waiting: 0, max: 1 } });
    await expect(as(ACME, () => source.query('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  });

  it('is up while a transaction holds the session, also when asked from inside of it', async () => {
    const source = await embedded();

    const inside = await as(ACME, () =>
      source.transaction(async () => {
        const [one, other] = [
          await checkHealth(source),
          await checkHealth(source, { fresh: true }),
        ];
        return { one, other, rows: await source.query('select 1 as one') };
      }),
    );

    expect(inside).toMatchObject({
      one: { status: 'up', pools: { application: { used: 1, waiting: 0 } } },
      other: { status: 'up' },
      rows: [{ one: 1 }],
    });
  });
});

behindPooler('health behind a pooler', () => {
  it('is up, though the pooler refuses parameters at the start and knows no sessions', async () => {
    const pooled = await openPooledShop({ health: { cacheMs: 0 } }, 3);
    closing.push(() => pooled.close());

    for (let look = 0; look < 5; look++) {
      const health = await checkHealth(pooled.source, { fresh: look % 2 === 0 });
      expect(health).toMatchObject({ status: 'up', isolation: 'held', reasons: [] });
    }
  });

  it('leaves no limit of its own behind on the backend that it shares', async () => {
    const pooled = await openPooledShop({}, 1);
    closing.push(() => pooled.close());
    await checkHealth(pooled.source, { fresh: true });

    const shown = await as(ACME, () => pooled.source.query('show statement_timeout'));

    expect(shown).toEqual([{ statement_timeout: '0' }]);
  });
});
