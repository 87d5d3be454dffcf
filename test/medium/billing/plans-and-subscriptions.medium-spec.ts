import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  PlanRepository,
  type SubscriptionPlan,
  TenantContext,
  isForeignKeyViolation,
  isUniqueViolation,
  uuidV7,
} from 'nestjs-rowguard';
import { BillingDesk } from '../../support/billing-desk.js';
import { caught } from '../../support/caught.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

const REFUSED = { code: 'ROWGUARD_TRANSITION_REFUSED' };
const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('billing test', work);

describe.each(ENGINES)('plans and subscriptions, on %s', (_, open) => {
  let shipped: ShippedSource;
  let desk: BillingDesk;
  let monthly: SubscriptionPlan;

  beforeAll(async () => {
    shipped = await open(['billing']);
    desk = new BillingDesk(shipped.source);
    monthly = await desk.plan({ limits: { seats: 5 } });
  });
  afterEach(() => asSystem(() => desk.subscriptions.createQueryBuilder().delete().execute()));
  afterAll(() => shipped.close());

  it('shows tenants the active plans, the cheapest first, and no drafts', async () => {
    const cheap = await desk.plan({ price: '5' });
    const draft = await desk.plan({ state: 'draft', price: '1' });

    await as(ACME, async () => {
      const codes = (await desk.plans.findActive()).map((plan) => plan.code);
      expect(codes.indexOf(cheap.code)).toBeLessThan(codes.indexOf(monthly.code));
      await expect(desk.plans.findByCode(draft.code)).resolves.toBeNull();
      await expect(desk.plans.findByCode(monthly.code)).resolves.toMatchObject({
        price: '29.000000',
        limits: { seats: 5 },
      });
    });
    await asSystem(() => desk.plans.hardDelete([cheap.id, draft.id]));
  });

  it('lets system work write the price list, and no tenant', async () => {
    const draft = await desk.plan({ state: 'draft' });
    expect(await asSystem(() => desk.plans.activate(draft.id))).toMatchObject({ state: 'active' });
    expect(await asSystem(() => desk.plans.retire(draft.id))).toMatchObject({ state: 'retired' });

    for (const work of [
      () => desk.plans.create({ code: 'own', name: 'Own', price: '0' }),
      () => desk.plans.update(monthly.id, { price: '0' }),
      () => desk.plans.delete(monthly.id),
    ]) {
      await expect(as<unknown>(ACME, work)).rejects.toMatchObject({
        code: 'ROWGUARD_STATEMENT_REFUSED',
      });
    }
    expect(isUniqueViolation(await caught(desk.plan({ code: monthly.code })))).toBe(true);
  });

  it('starts a subscription with the period of its plan, and finds the current one', async () => {
    await as(ACME, async () => {
      const startsAt = new Date('2026-01-31T12:00:00.000Z');

      const started = await desk.subscriptions.start({ planId: monthly.id, startsAt });

      expect(started).toMatchObject({
        state: 'active',
        currentPeriodStart: startsAt,
        currentPeriodEnd: new Date('2026-02-28T12:00:00.000Z'),
      });
      await expect(desk.subscriptions.findCurrent()).resolves.toMatchObject({
        id: started.id,
        plan: { code: monthly.code },
      });
    });
    await expect(as(GLOBEX, () => desk.subscriptions.findCurrent())).resolves.toBeNull();
  });

  it('starts with the trial of the plan, and renews into what is paid for', async () => {
    const plan = await desk.plan({ trialDays: 14, interval: 'year' });
    await as(ACME, async () => {
      const startsAt = new Date('2026-03-01T00:00:00.000Z');
      const { id, state } = await desk.subscriptions.start({ planId: plan.id, startsAt });
      expect(state).toBe('trialing');

      const renewed = await desk.subscriptions.renew(id);

      expect(renewed).toMatchObject({
        state: 'active',
        currentPeriodStart: new Date('2026-03-15T00:00:00.000Z'),
        currentPeriodEnd: new Date('2027-03-15T00:00:00.000Z'),
      });
    });
  });

  it('has one current subscription a tenant, even of two that start at once', async () => {
    await as(ACME, async () => {
      const both = await Promise.allSettled([
        desk.subscriptions.start({ planId: monthly.id }),
        desk.subscriptions.start({ planId: monthly.id }),
      ]);
      const refused = both.find((one) => one.status === 'rejected');

      expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      expect(isUniqueViolation(refused?.reason)).toBe(true);
    });
    await expect(
      as(GLOBEX, () => desk.subscriptions.start({ planId: monthly.id })),
    ).resolves.toMatchObject({ state: 'active' });
  });

  it('starts another one when the one before has ended', async () => {
    await as(ACME, async () => {
      const first = await desk.subscriptions.start({ planId: monthly.id });
      expect(await desk.subscriptions.cancel(first.id)).toMatchObject({ state: 'cancelled' });

      await desk.subscriptions.start({ planId: monthly.id });

      await expect(desk.subscriptions.resume(first.id)).rejects.toMatchObject(REFUSED);
    });
  });

  it('changes the plan: the period stays with the interval, and begins anew with another', async () => {
    const bigger = await desk.plan({ price: '99' });
    const yearly = await desk.plan({ interval: 'year', price: '290' });
    await as(ACME, async () => {
      const started = await desk.subscriptions.start({ planId: monthly.id });

      expect(await desk.subscriptions.changePlan(started.id, bigger.id)).toMatchObject({
        planId: bigger.id,
        currentPeriodEnd: started.currentPeriodEnd,
      });
      const at = new Date('2026-05-05T00:00:00.000Z');
      expect(await desk.subscriptions.changePlan(started.id, yearly.id, at)).toMatchObject({
        planId: yearly.id,
        currentPeriodStart: at,
        currentPeriodEnd: new Date('2027-05-05T00:00:00.000Z'),
      });
    });
  });

  it('refuses a plan that is retired, a draft, or not there, and keeps the one that is had', async () => {
    const retired = await desk.plan({ state: 'retired' });
    const draft = await desk.plan({ state: 'draft' });
    await as(ACME, async () => {
      const { id } = await desk.subscriptions.start({ planId: monthly.id });
      await expect(desk.subscriptions.changePlan(id, retired.id)).rejects.toMatchObject(REFUSED);
      for (const planId of [draft.id, uuidV7()]) {
        await expect(desk.subscriptions.changePlan(id, planId)).rejects.toMatchObject({
          code: 'ROWGUARD_ROW_NOT_FOUND',
        });
      }
      expect(await desk.subscriptions.getById(id)).toMatchObject({ planId: monthly.id });
    });
    const error = await caught(asSystem(() => desk.plans.hardDelete({ id: monthly.id })));
    expect(isForeignKeyViolation(error)).toBe(true);
  });

  it('pauses and resumes, and resumes nothing else', async () => {
    await as(ACME, async () => {
      const { id } = await desk.subscriptions.start({ planId: monthly.id });
      await expect(desk.subscriptions.resume(id)).rejects.toMatchObject(REFUSED);

      expect((await desk.subscriptions.pause(id)).pausedAt).toBeInstanceOf(Date);
      await expect(desk.subscriptions.renew(id)).rejects.toMatchObject(REFUSED);
      expect(await desk.subscriptions.resume(id)).toMatchObject({
        state: 'active',
        pausedAt: null,
      });
    });
  });

  it('cancels at the end of the period: it runs until then, and can be kept', async () => {
    await as(ACME, async () => {
      const { id, currentPeriodEnd } = await desk.subscriptions.start({ planId: monthly.id });
      await desk.subscriptions.cancel(id, { atPeriodEnd: true });
      await desk.subscriptions.keep(id);
      expect(await desk.subscriptions.cancel(id, { atPeriodEnd: true })).toMatchObject({
        state: 'active',
        cancelAtPeriodEnd: true,
      });
      await expect(desk.subscriptions.renew(id)).rejects.toMatchObject(REFUSED);

      await expect(desk.subscriptions.cancelDue(new Date())).resolves.toEqual([]);
      await expect(desk.subscriptions.cancelDue(currentPeriodEnd)).resolves.toMatchObject([
        { id, state: 'cancelled', endedAt: currentPeriodEnd },
      ]);
      await expect(desk.subscriptions.cancel(id, { atPeriodEnd: true })).rejects.toMatchObject(
        REFUSED,
      );
    });
  });

  it('expires what nobody pays, and ends for good', async () => {
    await as(ACME, async () => {
      const { id } = await desk.subscriptions.start({ planId: monthly.id });
      await desk.subscriptions.markPastDue(id);
      expect(await desk.subscriptions.activate(id)).toMatchObject({ state: 'active' });
      await desk.subscriptions.markPastDue(id);

      expect((await desk.subscriptions.expire(id)).endedAt).toBeInstanceOf(Date);
      for (const work of [
        () => desk.subscriptions.activate(id),
        () => desk.subscriptions.pause(id),
        () => desk.subscriptions.cancel(id),
        () => desk.subscriptions.changePlan(id, monthly.id),
      ]) {
        await expect(work()).rejects.toMatchObject(REFUSED);
      }
    });
  });

  it('renews once, of two who renew at once', async () => {
    await as(ACME, async () => {
      const { id, currentPeriodEnd } = await desk.subscriptions.start({ planId: monthly.id });
      await Promise.allSettled([desk.subscriptions.renew(id), desk.subscriptions.renew(id)]);
      const { currentPeriodStart } = await desk.subscriptions.getById(id);
      // On one session the second comes after the first, and renews what it finds.
      expect(currentPeriodStart >= currentPeriodEnd).toBe(true);
    });
  });

  it('goes on with another plan, and not with one that was deleted', async () => {
    const gone = await desk.plan();
    const { id } = await as(ACME, () => desk.subscriptions.start({ planId: gone.id }));
    await asSystem(() => desk.plans.delete(gone.id));

    await expect(as(ACME, () => desk.subscriptions.renew(id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
      given: { entity: 'SubscriptionPlan' },
    });
    await expect(
      as(ACME, () => desk.subscriptions.changePlan(id, monthly.id)),
    ).resolves.toMatchObject({ planId: monthly.id });
    await expect(as(ACME, () => desk.subscriptions.renew(id))).resolves.toMatchObject({ id });
  });

  it('leaves the subscription of another tenant alone', async () => {
    const { id } = await as(ACME, () => desk.subscriptions.start({ planId: monthly.id }));

    for (const work of [
      () => desk.subscriptions.cancel(id),
      () => desk.subscriptions.cancel(id, { atPeriodEnd: true }),
      () => desk.subscriptions.changePlan(id, monthly.id),
      () => desk.subscriptions.renew(id),
    ]) {
      await expect(as(GLOBEX, work)).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    }
    await expect(
      as(GLOBEX, () => desk.subscriptions.cancelDue(new Date('2100-01-01'))),
    ).resolves.toEqual([]);
  });

  it.each([
    ['a trial of part of a day', { trialDays: 1.5 }],
    ['a trial below zero', { trialDays: -1 }],
    ['a plan whose id is none', { planId: 'pro' }],
  ])('refuses %s', async (_case, wrong) => {
    const start = as(ACME, () => desk.subscriptions.start({ planId: monthly.id, ...wrong }));

    await expect(start).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });
});

describe('billing, where it was not chosen', () => {
  it('says which domain to choose', async () => {
    const shipped = await openEmbeddedShipped(['content']);
    try {
      const plans = new PlanRepository(shipped.source);
      await expect(as(ACME, async () => plans.findActive())).rejects.toMatchObject({
        code: 'ROWGUARD_DOMAIN_NOT_INSTALLED',
      });
    } finally {
      await shipped.close();
    }
  });
});
