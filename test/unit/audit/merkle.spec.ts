import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { leafHash, merklePath, merkleRoot, rootOfPath } from '../../../src/audit/seal/merkle.js';

/** The inputs by which implementations of RFC 6962 are compared, and roots worked out by another program. */
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = (count: number) =>
  Buffer.concat(INPUTS.slice(0, count).map((input) => leafHash(Buffer.from(input, 'hex'))));
const many = (count: number) =>
  Array.from({ length: count }, (_, nr) => leafHash(Buffer.from(`leaf ${nr}`)));

describe('the tree of RFC 6962', () => {
  it.each(ROOTS.map((root, count) => ({ root, count })))(
    'has the known root over $count leaves',
    ({ root, count }) => {
      expect(merkleRoot(leaves(count)).toString('hex')).toBe(root);
    },
  );

  it('is the tree that the RFC defines by halves, for every size up to 70', () => {
    for (let count = 1; count <= 70; count++) {
      const hashes = many(count);

      expect(merkleRoot(Buffer.concat(hashes))).toEqual(byHalves(hashes));
    }
  });

  it('leads from each leaf to the root', () => {
    for (let count = 1; count <= 33; count++) {
      const hashes = many(count);
      const all = Buffer.concat(hashes);
      for (const [index, leaf] of hashes.entries()) {
        const path = merklePath(all, index);

        expect(rootOfPath(leaf, { index, count }, path)).toEqual(byHalves(hashes));
      }
    }
  });

  it('leads nowhere from another leaf, another place, another size or a path too short or long', () => {
    const hashes = many(11);
    const all = Buffer.concat(hashes);
    const root = merkleRoot(all);
    const path = merklePath(all, 4);
    const leaf = hashes[4] as Buffer;
    const wrong = [
      rootOfPath(hashes[5] as Buffer, { index: 4, count: 11 }, path),
      rootOfPath(leaf, { index: 5, count: 11 }, path),
      rootOfPath(leaf, { index: 4, count: 3 }, path),
      rootOfPath(leaf, { index: 4, count: 11 }, path.slice(1)),
      rootOfPath(leaf, { index: 4, count: 11 }, [...path, leaf]),
    ];

    expect(rootOfPath(leaf, { index: 4, count: 11 }, path)).toEqual(root);
    for (const one of wrong) expect(one).not.toEqual(root);
  });
});

/** As section 2.1 says it: cut at the greatest power of two below the size. */
function byHalves(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 1) return hashes[0] as Buffer;
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return createHash('sha256')
    .update(Buffer.of(1))
    .update(byHalves(hashes.slice(0, half)))
    .update(byHalves(hashes.slice(half)))
    .digest();
}
