import { describe, expect, it, jest } from '@jest/globals';
import { faultsIn } from '../../support/isolation/matrix.js';
import {
  runMatrix,
  runMatrixEmbedded,
  runMatrixOnTwoLogins,
} from '../../support/isolation/matrix-shop.js';

jest.setTimeout(180_000);

const OPERATIONS = 300;
const SIGNED = { tenancy: { signed: true } } as const;

describe('generated operations never cross a tenant where bindings are signed', () => {
  it('behind both walls', async () => {
    expect(faultsIn(await runMatrix(OPERATIONS, SIGNED))).toEqual([]);
  });

  it('behind row-level security alone', async () => {
    const tenancy = { signed: true, walls: { predicate: false } };

    expect(faultsIn(await runMatrix(OPERATIONS, { tenancy }))).toEqual([]);
  });

  it('with a plain login for the application and another for the schema', async () => {
    expect(faultsIn(await runMatrixOnTwoLogins(OPERATIONS, SIGNED))).toEqual([]);
  });

  it('behind a pooler, where the seal names no process', async () => {
    expect(faultsIn(await runMatrix(OPERATIONS, { ...SIGNED, strategy: 'pooler' }))).toEqual([]);
  });

  it('on the embedded engine', async () => {
    expect(faultsIn(await runMatrixEmbedded(OPERATIONS, SIGNED))).toEqual([]);
  });
});
