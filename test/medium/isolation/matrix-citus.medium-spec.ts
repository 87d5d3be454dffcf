import { describe, expect, it, jest } from '@jest/globals';
import { faultsIn } from '../../support/isolation/matrix.js';
import {
  runMatrix,
  runMatrixEmbedded,
  runMatrixOnTwoLogins,
} from '../../support/isolation/matrix-shop.js';

jest.setTimeout(180_000);

const OPERATIONS = 300;
const CITUS = { scale: 'citus' } as const;

describe('generated operations never cross a tenant where tenants are bound as for Citus', () => {
  it('behind both walls', async () => {
    expect(faultsIn(await runMatrix(OPERATIONS, CITUS))).toEqual([]);
  });

  it('behind row-level security alone', async () => {
    const tenancy = { walls: { predicate: false } };

    expect(faultsIn(await runMatrix(OPERATIONS, { ...CITUS, tenancy }))).toEqual([]);
  });

  it('behind the predicate alone', async () => {
    const tenancy = { walls: { policies: false } };

    expect(faultsIn(await runMatrix(OPERATIONS, { ...CITUS, tenancy }))).toEqual([]);
  });

  it('with a plain login for the application and another for the schema', async () => {
    expect(faultsIn(await runMatrixOnTwoLogins(OPERATIONS, CITUS))).toEqual([]);
  });

  it('without named statements, as behind a pooler', async () => {
    expect(faultsIn(await runMatrix(OPERATIONS, { ...CITUS, strategy: 'pooler' }))).toEqual([]);
  });

  it('on the embedded engine', async () => {
    expect(faultsIn(await runMatrixEmbedded(OPERATIONS, CITUS))).toEqual([]);
  });
});
