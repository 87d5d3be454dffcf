import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { FORGERIES, type Forged, forge } from '../../support/forging-battery.js';
import { ForgingWorld } from '../../support/forging-world.js';
import { ACME, GLOBEX } from '../../support/shop.js';

jest.setTimeout(120_000);

describe.each([
  ['settings alone', false],
  ['signed bindings', true],
] as const)('SQL that forges its tenant, against %s', (_, isSigned) => {
  let world: ForgingWorld;

  beforeAll(async () => {
    world = await ForgingWorld.open(isSigned);
  });
  afterAll(() => world.close());

  it.each(FORGERIES)('comes as far as it should by $name', async (forgery) => {
    const { read, changed }: Forged = await forge(world, forgery);

    expect({ reached: read > 0 || changed }).toEqual({
      reached: !isSigned && forgery.worksUnsigned,
    });
  });

  it('leaves what is bound rightly as it was', async () => {
    for (const tenantId of [ACME, GLOBEX]) {
      const rows = await TenantContext.run({ tenantId }, () =>
        world.source.query<{ tenant_id: string }[]>('select tenant_id from customers'),
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.filter((row) => row.tenant_id !== tenantId)).toEqual([]);
    }
  });
});
