import { describe, expect, it } from '@jest/globals';
import { keepsToTenant } from '../../../src/schema/tenant-view.js';

/** As PostgreSQL 15 and 16 print the same view. */
const PRINTED = [
  ` SELECT totals.tenant_id,
    totals.day,
    totals.quantity
   FROM totals
  WHERE (totals.tenant_id = ( SELECT (NULLIF(current_setting('rowguard.tenant_id'::text, true), ''::text))::uuid AS "nullif"));`,
  ` SELECT tenant_id,
    day,
    "Quantity"
   FROM public.totals
  WHERE tenant_id = (( SELECT NULLIF(current_setting('rowguard.tenant_id'::text, true), ''::text)::uuid AS "nullif"));`,
];

const [plain = ''] = PRINTED;

describe('a view', () => {
  it.each(PRINTED)(
    'keeps to the tenant when it holds the condition and nothing else: %s',
    (text) => {
      expect(keepsToTenant(text)).toBe(true);
    },
  );

  it.each([
    ['no condition', ' SELECT tenant_id FROM totals;'],
    ['no definition', null],
    ['an alternative', plain.replace(/;$/, ' OR true;')],
    ['a further condition', plain.replace(/;$/, ' AND (day > 1);')],
    ['another setting', plain.replace('rowguard.tenant_id', 'rowguard.actor_id')],
    ['another column', plain.replace('(totals.tenant_id =', '(totals.owner_id =')],
    ['an inequality', plain.replace('tenant_id =', 'tenant_id <>')],
    ['an expression', plain.replace('totals.day', 'secret(totals.day) AS day')],
    ['a sub-select', plain.replace('totals.day', '( SELECT 1 FROM totals) AS day')],
    ['two relations', plain.replace('FROM totals', 'FROM totals, others')],
    ['a join', plain.replace('FROM totals', 'FROM (totals JOIN others USING (day))')],
    ['a union', `${plain.replace(';', '')} UNION ALL ${plain}`],
    ['a union the other way', plain.replace('SELECT', 'SELECT tenant_id FROM x UNION SELECT')],
    ['a common table', `WITH x AS (SELECT 1) ${plain}`],
    ['an alias of the relation', plain.replace('FROM totals', 'FROM others totals')],
    ['a limit', plain.replace(/;$/, ' LIMIT 1;')],
  ])('is not taken to keep to the tenant with %s', (_, text) => {
    expect(keepsToTenant(text)).toBe(false);
  });
});
