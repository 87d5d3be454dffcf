import { describe, expect, it } from '@jest/globals';
import { positionOf, positionText } from '../../../../src/connection/replicas/log-position.js';
import { PrimaryPositions } from '../../../../src/connection/replicas/primary-positions.js';
import { neededByTokens, tokenOf } from '../../../../src/connection/replicas/write-token.js';

describe('a position in the log', () => {
  it.each(['0/0', '0/16B3748', '16/B374D848', 'FFFFFFFF/FFFFFFFF'])(
    '%s is read and written',
    (text) => {
      expect(positionText(positionOf(text) ?? -1n)).toBe(text);
    },
  );
  it.each(['', '1', '/', '1/', 'g/1', '1/2/3', '123456789/0', ' 0/1', '0/1\n2'])(
    '%j is none',
    (text) => {
      expect(positionOf(text)).toBeUndefined();
    },
  );
});

describe('how far the primary had written', () => {
  const samples = (...all: readonly (readonly [number, bigint])[]): PrimaryPositions => {
    const positions = new PrimaryPositions(1_000);
    for (const [asked, position] of all) positions.add(asked, position);
    return positions;
  };

  it('a write is covered by the first sample that was asked for after it, and by none before', () => {
    const positions = samples([100, 1_000n], [200, 2_000n], [300, 3_000n]);
    expect(positions.covering(150)).toBe(2_000n);
    expect(positions.covering(200)).toBe(2_000n);
    expect(positions.covering(201)).toBe(3_000n);
    expect(positions.covering(301)).toBeUndefined();
  });

  it('a replica lags since it was last known to have everything', () => {
    const positions = samples([100, 1_000n], [200, 2_000n], [300, 3_000n]);
    expect(positions.lagOf(3_000n, 350)).toBe(0);
    expect(positions.lagOf(2_000n, 350)).toBe(150);
    expect(positions.lagOf(999n - 64n, 350)).toBeUndefined();
  });

  it('an idle primary is no lag, however long, nor is a page that holds nothing yet', () => {
    const positions = samples([100, 1_000n], [5_000, 1_000n], [9_000, 1_024n]);
    expect(positions.lagOf(1_000n, 9_900)).toBe(0);
  });

  it('what is too old is forgotten, and never called covered too early', () => {
    const positions = samples([100, 1_000n], [900, 2_000n], [3_000, 3_000n]);
    expect(positions.covering(50)).toBe(2_000n);
    expect(positions.lagOf(1_500n, 3_000)).toBeUndefined();
  });

  it('after a failover to a server that is not as far, nothing of before counts', () => {
    const positions = samples([100, 5_000n], [200, 4_000n]);
    expect(positions.covering(50)).toBe(4_000n);
    expect(positions.newest).toBe(4_000n);
  });
});

describe('a token', () => {
  it('asks for what it was made of, of its own data source', () => {
    const token = tokenOf('default', 0x16_b374d848n);
    expect(token).toBe('default:16/B374D848');
    expect(neededByTokens('default', [token])).toBe(0x16_b374d848n);
    expect(neededByTokens('other', [token])).toBeUndefined();
  });
  it('the highest of several counts, and nonsense beats them all', () => {
    const tokens = ['default:0/5', 'default:0/9', 'default:0/7'];
    expect(neededByTokens('default', tokens)).toBe(9n);
    expect(neededByTokens('default', [...tokens, "'; drop table x"])).toBe('unknown');
    expect(neededByTokens('default', [])).toBeUndefined();
  });
});
