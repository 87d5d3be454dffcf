import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SeederHistory, isUniqueViolation } from 'nestjs-rowguard';
import { ACME } from '../../support/shop.js';
import type { ShippedSource } from '../../support/shipped-source.js';
import { PLACES, as, asSystem } from './places.js';

const RUN = { name: '006-feature-flags', contentHash: 'a'.repeat(64), environment: 'production' };

describe.each(PLACES)('the history of seeders on %s', (_, open) => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await open(['platform']);
  });
  afterAll(() => shipped.close());

  it('holds each content of a seeder once for an environment, and is hidden from tenants', async () => {
    const history = shipped.source.getRepository(SeederHistory);
    await asSystem(() => history.insert({ ...RUN }));
    await asSystem(() => history.insert({ ...RUN, environment: 'staging' }));

    const twice: unknown = await asSystem(() => history.insert({ ...RUN })).catch(
      (one: unknown) => one,
    );
    const rows = await asSystem(() => history.find({ order: { environment: 'ASC' } }));

    expect(isUniqueViolation(twice)).toBe(true);
    expect(rows).toMatchObject([RUN, { ...RUN, environment: 'staging' }]);
    expect(rows[0]?.ranAt).toBeInstanceOf(Date);
    await expect(as(ACME, () => history.find())).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });
});
