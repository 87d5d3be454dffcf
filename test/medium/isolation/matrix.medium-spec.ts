import { describe, expect, it, jest } from '@jest/globals';
import { faultsIn } from '../../support/isolation/matrix.js';
import {
  runMatrix,
  runMatrixEmbedded,
  runMatrixOnTwoLogins,
} from '../../support/isolation/matrix-shop.js';

jest.setTimeout(180_000);

const OPERATIONS = 600;

describe('generated operations never cross a tenant', () => {
  it('behind both walls', async () => {
    expect(faultsIn(await runMatrix(OPERATIONS))).toEqual([]);
  });

  it('behind row-level security alone', async () => {
    const report = await runMatrix(OPERATIONS, { tenancy: { walls: { predicate: false } } });

    expect(faultsIn(report)).toEqual([]);
  });

  it('behind the predicate alone', async () => {
    const report = await runMatrix(OPERATIONS, { tenancy: { walls: { policies: false } } });

    expect(faultsIn(report)).toEqual([]);
  });

  it('with a plain login for the application and another for the schema', async () => {
    expect(faultsIn(await runMatrixOnTwoLogins(OPERATIONS))).toEqual([]);
  });

  it('on the embedded engine', async () => {
    expect(faultsIn(await runMatrixEmbedded(OPERATIONS))).toEqual([]);
  });
});
