import { describe, expect, it } from '@jest/globals';
import {
  type SealedPlace,
  packPlaces,
  unpackPlaces,
} from '../../../src/audit/seal/sealed-places.js';

describe('the places of sealed rows', () => {
  it.each<[string, SealedPlace[]]>([
    ['no row', []],
    ['one row', [{ tx: 731, id: 1, at: 1_767_225_600_000 }]],
    [
      'rows that go back and forth',
      [
        { tx: 9_007_199_254, id: 4_294_967_296, at: 1_767_225_600_123 },
        { tx: 9_007_199_255, id: 1, at: 946_684_799_999 },
        { tx: 3, id: 4_503_599_627_370_495, at: -30_610_224_000_000 },
        { tx: 3, id: 4_503_599_627_370_494, at: 253_370_764_800_000 },
      ],
    ],
  ])('come out as they went in: %s', (_, places) => {
    expect(unpackPlaces(packPlaces(places))).toEqual(places);
  });

  it('take less than five bytes a row where rows follow each other', () => {
    const places = Array.from({ length: 1_000 }, (_, nr) => ({
      tx: 1_000_000 + Math.floor(nr / 10),
      id: 5_000_000 + nr,
      at: 1_767_225_600_000 + nr * 3,
    }));

    expect(packPlaces(places).length).toBeLessThan(5_000);
  });
});
