import { describe, expect, it } from '@jest/globals';
import { comparable } from '../../../src/schema/policies.js';

const same = (one: string, other: string, table = 'orders') =>
  comparable(one, table) === comparable(other, table);

describe('a stored policy held against the planned one', () => {
  it('is the same for all that PostgreSQL adds when it prints an expression', () => {
    expect(
      same(
        `tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid)`,
        `(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))`,
      ),
    ).toBe(true);
    expect(same('"orders".id = 1', '(orders.id = 1)')).toBe(true);
    expect(same('"Orders".id = 1', 'id = 1', 'Orders')).toBe(true);
  });

  it.each([
    ['a table whose name only ends like its own', 'reorders.tenant_id = 1', 'tenant_id = 1'],
    ['a table of another schema', 'other.orders.tenant_id = 1', 'tenant_id = 1'],
    ['a column whose name only differs in case', '"Tenant_id" = 1', 'tenant_id = 1'],
    ['a name that holds a blank', '"tenant id" = 1', 'tenantid = 1'],
    ['a value in another case', "state = 'Open'", "state = 'open'"],
    ['a value with a bracket', "state = '(open)'", "state = 'open'"],
    ['a value that looks like a name', "state = 'orders.open'", "state = 'open'"],
    ['another type', 'a = b::textual', 'a = bual'],
  ])('tells %s apart', (_what, live, planned) => {
    expect(same(live, planned)).toBe(false);
  });
});
