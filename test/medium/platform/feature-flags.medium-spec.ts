import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FeatureFlagRepository } from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, GUSTAV, type ShippedSource } from '../../support/shipped-source.js';
import { textsSentBy } from '../../support/sent-statements.js';
import { WALLS, as, asSystem } from './places.js';

describe.each(WALLS)('feature flags on %s', (_, open) => {
  let shipped: ShippedSource;
  let flags: FeatureFlagRepository;

  beforeAll(async () => {
    shipped = await open(['platform']);
    flags = new FeatureFlagRepository(shipped.source);
    await asSystem(() =>
      flags.define([
        { key: 'on', enabled: true },
        { key: 'off', enabled: false },
        { key: 'nobody-yet', enabled: true, rolloutPercent: 0 },
      ]),
    );
  });
  afterAll(() => shipped.close());

  it('are on or off for a tenant, and off where they are not defined', async () => {
    await expect(as(ACME, () => flags.isEnabled('on'))).resolves.toBe(true);
    await expect(as(ACME, () => flags.isEnabled('off'))).resolves.toBe(false);
    await expect(as(ACME, () => flags.isEnabled('nobody-yet'))).resolves.toBe(false);
    await expect(as(ACME, () => flags.isEnabled('never-heard-of'))).resolves.toBe(false);
  });

  it('are defined by system work, and changed when they are defined again', async () => {
    await asSystem(() => flags.define([{ key: 'again', description: 'first' }]));
    await asSystem(() =>
      flags.define([{ key: 'again', description: 'second', enabled: true }, { key: 'more' }]),
    );

    const found = await asSystem(() => flags.findBy({ key: 'again' }));
    expect(found).toMatchObject([{ description: 'second', enabled: true, rolloutPercent: 100 }]);
    await expect(as(ACME, () => flags.define([{ key: 'mine' }]))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });

  it('are overridden for one tenant, and no other', async () => {
    await asSystem(() => flags.define([{ key: 'preview' }]));

    await as(ACME, () => flags.setOverride('preview', true));

    await expect(as(ACME, () => flags.isEnabled('preview'))).resolves.toBe(true);
    await expect(as(GLOBEX, () => flags.isEnabled('preview'))).resolves.toBe(false);
  });

  it('keep one override when it is set again, and let the flag decide when it is cleared', async () => {
    await asSystem(() => flags.define([{ key: 'cleared', enabled: true }]));
    const first = await as(ACME, () => flags.setOverride('cleared', true));

    const second = await as(ACME, () => flags.setOverride('cleared', false));
    const before = await as(ACME, () => flags.isEnabled('cleared'));
    const foreign = await as(GLOBEX, () => flags.clearOverride('cleared'));
    const cleared = await as(ACME, () => flags.clearOverride('cleared'));

    expect(second.id).toBe(first.id);
    expect([before, foreign, cleared]).toEqual([false, false, true]);
    await expect(as(ACME, () => flags.isEnabled('cleared'))).resolves.toBe(true);
    await expect(as(ACME, () => flags.clearOverride('cleared'))).resolves.toBe(false);
    await as(ACME, () => flags.setOverride('cleared', false));
    await expect(as(ACME, () => flags.isEnabled('cleared'))).resolves.toBe(false);
  });

  it('let what one person has win over what the tenant has', async () => {
    await asSystem(() => flags.define([{ key: 'personal' }]));
    await as(ACME, () => flags.setOverride('personal', false));
    await as(ACME, () => flags.setOverride('personal', true, { userId: ANNA }));

    await expect(as(ACME, () => flags.isEnabled('personal', { userId: ANNA }))).resolves.toBe(true);
    await expect(as(ACME, () => flags.isEnabled('personal'))).resolves.toBe(false);
    await as(ACME, () => flags.clearOverride('personal', { userId: ANNA }));
    await expect(as(ACME, () => flags.isEnabled('personal', { userId: ANNA }))).resolves.toBe(
      false,
    );
  });

  it('are all answered in one query, with the overrides of the tenant', async () => {
    await asSystem(() => flags.define([{ key: 'counted' }]));
    await as(ACME, () => flags.setOverride('counted', true));

    await expect(textsSentBy(() => as(ACME, () => flags.all()))).resolves.toHaveLength(1);
    await expect(textsSentBy(() => as(ACME, () => flags.isEnabled('on')))).resolves.toHaveLength(1);
    const ours = await as(ACME, () => flags.all());
    const theirs = await as(GLOBEX, () => flags.all());

    expect(ours).toMatchObject({ on: true, off: false, counted: true });
    expect(theirs).toMatchObject({ on: true, off: false, counted: false });
  });

  it('cannot be overridden for a person of another tenant, or when they are not defined', async () => {
    await expect(
      as(ACME, () => flags.setOverride('on', true, { userId: GUSTAV })),
    ).rejects.toThrow();
    await expect(as(ACME, () => flags.setOverride('unheard', true))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it.each(['', 'Two Words', 'x'.repeat(101), 7 as never])('refuse %p as a key', async (key) => {
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };

    await expect(as(ACME, () => flags.isEnabled(key))).rejects.toMatchObject(refused);
    await expect(as(ACME, () => flags.setOverride(key, true))).rejects.toMatchObject(refused);
    await expect(as(ACME, () => flags.clearOverride(key))).rejects.toMatchObject(refused);
    await expect(asSystem(() => flags.define([{ key }]))).rejects.toMatchObject(refused);
  });

  it('refuse to be asked for nobody, and to be overridden with neither true nor false', async () => {
    await expect(flags.isEnabled('on')).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
    await expect(as(ACME, () => flags.setOverride('on', 'yes' as never))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });
});
