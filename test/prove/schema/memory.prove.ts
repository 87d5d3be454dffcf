import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { MemoryRepository, type SearchMode } from 'nestjs-rowguard/schema';
import { recordBar } from '../../support/bars.js';
import { ACME } from '../../support/shop.js';
import type { ShippedSource } from '../../support/shipped-source.js';
import { tenantNumber } from '../../support/storm/storm.js';
import { openWithVectors, vectorServer } from '../../support/vector-database.js';
import { ClusteredVectors } from './clustered-vectors.js';

const DIMENSIONS = 64;
const ROWS = 100_000;
const OWN_ROWS = ROWS / 100;
const OTHERS = 9;
const SEARCHES = 200;
const LIMIT = 10;
const LEAST_RECALL = 0.95;
const PART = 1_000;
const PLACE = vectorServer() ? 'a server with pgvector' : 'the embedded engine';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

/** A tenant with one row in a hundred, on topics that it shares with all others. */
describe('the search of a small tenant in a large table', () => {
  let shipped: ShippedSource;
  let memory: MemoryRepository;
  const vectors = new ClusteredVectors(DIMENSIONS, 20_261_121);

  beforeAll(async () => {
    shipped = await openWithVectors();
    memory = new MemoryRepository(shipped.source);
    await fill(ACME, OWN_ROWS);
    for (let at = 0; at < OTHERS; at++) {
      await fill(tenantNumber(at), (ROWS - OWN_ROWS) / OTHERS);
    }
    await memory.ensureIndex(DIMENSIONS);
  }, 900_000);
  afterAll(() => shipped.close());

  const fill = (tenantId: string, count: number): Promise<void> =>
    as(tenantId, async () => {
      for (let done = 0; done < count; done += PART) {
        const rows = Array.from({ length: Math.min(PART, count - done) }, (_one, at) => ({
          content: `${done + at}`,
          embedding: vectors.next(),
        }));
        await memory.insertMany(rows);
      }
    });

  it.each(['index', 'auto'] as const)('finds what an exact search finds, mode %s', async (mode) => {
    const searches = Array.from({ length: SEARCHES }, () => vectors.next());

    const result = await as(ACME, () => compare(searches, mode));

    record(`recall@${LIMIT} for a tenant with 1 % of ${ROWS} rows`, mode, result.recall, {
      target: `>= ${LEAST_RECALL}`,
      passed: result.recall >= LEAST_RECALL,
    });
    record('searches that did not fill their limit', mode, result.notFull, {
      target: '0',
      passed: result.notFull === 0,
    });
    record('rows of other tenants', mode, result.foreign, {
      target: '0',
      passed: result.foreign === 0,
    });
    process.stdout.write(`mode ${mode}: ${result.milliseconds.toFixed(1)} ms a search\n`);
    expect(result.recall).toBeGreaterThan(0);
  });

  async function compare(searches: readonly number[][], mode: SearchMode) {
    const result = { recall: 0, notFull: 0, foreign: 0, milliseconds: 0 };
    for (const vector of searches) {
      const exact = await memory.search({ vector, limit: LIMIT, mode: 'exact' });
      const begun = performance.now();
      const found = await memory.search({ vector, limit: LIMIT, mode });
      result.milliseconds += (performance.now() - begun) / searches.length;
      const nearest = new Set(exact.map((one) => one.item.id));
      const hits = found.filter((one) => nearest.has(one.item.id)).length;
      result.recall += hits / LIMIT / searches.length;
      result.foreign += found.filter((one) => one.item.tenantId !== ACME).length;
      if (found.length !== LIMIT) result.notFull++;
    }
    return { ...result, recall: Math.round(result.recall * 10_000) / 10_000 };
  }
});

function record(
  what: string,
  mode: string,
  measured: number,
  bar: { readonly target: string; readonly passed: boolean },
): void {
  recordBar({ bar: `${what}, mode ${mode}, on ${PLACE}`, measured, ...bar });
}
