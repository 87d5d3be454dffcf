import { describe, expect, it } from '@jest/globals';
import { canonicalTokens } from '../../../src/migrator/recording/canonical-tokens.js';
import { checksumOf } from '../../../src/migrator/recording/checksum.js';
import type { RecordedStatement } from '../../../src/migrator/recording/recorded-migration.js';
import { REFORMATTED, WRITTEN, mutations } from '../../support/mutations.js';

const FEWEST_MUTATIONS = 200;

const hashOf = (statements: readonly (string | RecordedStatement)[], transaction = true) =>
  checksumOf({
    name: 'Any1700000000000',
    timestamp: 1_700_000_000_000,
    direction: 'up',
    statements: statements.map((one) => (typeof one === 'string' ? { sql: one } : one)),
    transaction,
    isDynamic: false,
  });

describe('the checksum of a migration', () => {
  const written = hashOf(WRITTEN);

  it.each(REFORMATTED)('does not change with %s', (_, change) => {
    expect(WRITTEN.map(change)).not.toEqual(WRITTEN);
    expect(hashOf(WRITTEN.map(change))).toBe(written);
  });

  it('changes with every literal, quoted name, number and word, and never to the same', () => {
    const hashes = mutations().map(({ statement, sql }) =>
      hashOf(WRITTEN.map((one, at) => (at === statement ? sql : one))),
    );
    const texts = new Set(mutations().map(({ statement, sql }) => `${statement} ${sql}`));

    expect(texts.size).toBeGreaterThanOrEqual(FEWEST_MUTATIONS);
    expect(hashes).not.toContain(written);
    expect(new Set(hashes).size).toBe(texts.size);
  });

  it.each([
    ['the order of statements', hashOf(['select 1', 'select 2']), hashOf(['select 2', 'select 1'])],
    ['where one statement ends', hashOf(['select 1', 'select 2']), hashOf(['select 1 select 2'])],
    [
      'a parameter',
      hashOf([{ sql: 'select $1', parameters: [1] }]),
      hashOf([{ sql: 'select $1', parameters: [2] }]),
    ],
    [
      'the type of a parameter',
      hashOf([{ sql: 'select $1', parameters: [1] }]),
      hashOf([{ sql: 'select $1', parameters: ['1'] }]),
    ],
    [
      'the bytes of a parameter',
      hashOf([{ sql: 'select $1', parameters: [Buffer.from('a')] }]),
      hashOf([{ sql: 'select $1', parameters: [Buffer.from('b')] }]),
    ],
    ['whether it runs in a transaction', hashOf(['select 1']), hashOf(['select 1'], false)],
  ])('changes with %s', (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it.each([
    ['select a @-1', 'select a @ -1', 'an operator from a sign'],
    ["select e'x'", "select e 'x'", 'a literal with escapes from a name and a literal'],
    ["select 'a--b'", "select 'a'", 'a comment from what is inside a literal'],
    ['select 1.5', 'select 1 .5', 'one number from two'],
    ['select a::text', 'select a: :text', 'a cast from two colons'],
    ['select "a"', 'select "A"', 'the case of a quoted name'],
  ])('tells %j from %j: %s', (one, other) => {
    expect(canonicalTokens(one)).not.toEqual(canonicalTokens(other));
  });

  it.each([
    ['select a=-1', 'select a = -1'],
    ['select a<-1', 'select a < -1'],
    ['select 1--1\n+2', 'SELECT 1 + 2'],
    ["select date'2026-01-01'", "select DATE '2026-01-01'"],
    ['select a . b', 'select a.b'],
  ])('takes %j and %j for the same, as PostgreSQL does', (one, other) => {
    expect(canonicalTokens(one)).toEqual(canonicalTokens(other));
  });
});
