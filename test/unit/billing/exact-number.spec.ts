import { describe, expect, it } from '@jest/globals';
import {
  exactText,
  millionths,
  roundedProduct,
} from '../../../src/repositories/billing/exact-number.js';

describe('exact numbers', () => {
  it.each([
    ['12.50', '12.500000'],
    ['-0.000001', '-0.000001'],
    ['0', '0.000000'],
    ['999999999999.999999', '999999999999.999999'],
  ])('read %s and write %s', (given, written) => {
    expect(exactText(millionths('amount', given))).toBe(written);
  });

  it.each([
    ['3', '19.99', '59.970000'],
    ['0.5', '0.000001', '0.000001'],
    ['0.499999', '0.000001', '0.000000'],
    ['0.5', '-0.000001', '-0.000001'],
    ['2.333333', '-7.77', '-18.129997'],
  ])('multiply %s by %s as PostgreSQL rounds it: %s', (a, b, product) => {
    expect(exactText(roundedProduct(millionths('a', a), millionths('b', b)))).toBe(product);
  });

  it.each([['1e3'], ['1,5'], [''], ['1.0000001'], ['1234567890123'], [12.5], [null], [undefined]])(
    'refuse %p with a typed error',
    (given) => {
      expect(() => millionths('unitPrice', given)).toThrow(
        expect.objectContaining({ code: 'ROWGUARD_INPUT_INVALID' }),
      );
    },
  );

  it('refuse a product that no amount can hold', () => {
    const most = millionths('a', '999999999999');
    expect(() => roundedProduct(most, most)).toThrow(
      expect.objectContaining({ code: 'ROWGUARD_INPUT_INVALID' }),
    );
  });
});
