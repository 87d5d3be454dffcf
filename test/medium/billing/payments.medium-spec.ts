import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, isCheckViolation, isUniqueViolation } from 'nestjs-rowguard';
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

const TOO_MUCH = { code: 'ROWGUARD_LIMIT_REACHED' };
const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

describe.each(ENGINES)('payments, on %s', (_, open) => {
  let shipped: ShippedSource;
  let desk: BillingDesk;
  const ref = () => desk.name('ch');

  beforeAll(async () => {
    shipped = await open(['billing']);
    desk = new BillingDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('records charges until the total is covered, and the invoice becomes paid', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();

      await desk.payments.recordCharge({ invoiceId, amount: '60', providerReference: ref() });
      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'open' });
      await desk.payments.recordCharge({ invoiceId, amount: '40.00', providerReference: ref() });

      const paid = await desk.invoices.getById(invoiceId);
      expect(paid.state).toBe('paid');
      expect(paid.paidAt).toBeInstanceOf(Date);
      const recorded = await desk.payments.findByInvoice(invoiceId);
      expect(recorded.map((one) => [one.kind, one.amount, one.currency])).toEqual([
        ['charge', '60.000000', 'EUR'],
        ['charge', '40.000000', 'EUR'],
      ]);
    });
  });

  it('records a charge once, however often the provider tells of it', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      const charge = { invoiceId, amount: '100', providerReference: ref() };

      const told = await Promise.all([1, 2, 3].map(() => desk.payments.recordCharge(charge)));

      expect(new Set(told.map((one) => one.id)).size).toBe(1);
      await expect(desk.payments.findByReference(charge.providerReference)).resolves.toHaveLength(
        1,
      );
      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'paid' });
    });
  });

  it('refuses another payment under a reference that is known', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      const { id: other } = await desk.issued();
      const charge = { invoiceId, amount: '10', providerReference: ref() };
      await desk.payments.recordCharge(charge);

      for (const changed of [{ amount: '11' }, { invoiceId: other }]) {
        await expect(desk.payments.recordCharge({ ...charge, ...changed })).rejects.toMatchObject({
          code: 'ROWGUARD_INPUT_INVALID',
        });
      }
      await expect(desk.payments.refund(charge)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    });
  });

  it('keeps what failed and what is pending, without counting it', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      const attempt = { invoiceId, amount: '100', providerReference: ref() };
      await desk.payments.recordCharge({
        ...attempt,
        providerReference: ref(),
        status: 'failed',
        failureCode: 'card_declined',
      });
      await desk.payments.recordCharge({ ...attempt, status: 'pending' });
      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'open' });

      await desk.payments.recordCharge(attempt);

      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'paid' });
      const history = await desk.payments.findByReference(attempt.providerReference);
      expect(history.map((one) => one.status)).toEqual(['pending', 'succeeded']);
    });
  });

  it('does not charge more than the total, nor what is no open invoice', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      const charge = (amount: string) =>
        desk.payments.recordCharge({ invoiceId, amount, providerReference: ref() });
      await charge('99.999999');

      await expect(charge('0.000002')).rejects.toMatchObject(TOO_MUCH);
      await charge('0.000001');
      await expect(charge('0.000001')).rejects.toMatchObject(TOO_MUCH);
      const draft = await desk.invoices.createDraft({});
      await expect(
        desk.payments.recordCharge({ invoiceId: draft.id, amount: '1', providerReference: ref() }),
      ).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    });
  });

  it('refunds what was charged and no more; the invoice stays paid', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      await desk.payments.recordCharge({ invoiceId, amount: '100', providerReference: ref() });
      const refund = (amount: string, status?: 'pending' | 'failed', reference = ref()) =>
        desk.payments.refund({
          invoiceId,
          amount,
          providerReference: reference,
          ...(status ? { status } : {}),
        });

      await refund('30');
      await refund('999', 'failed');
      const pending = await refund('50', 'pending');
      await expect(refund('20.01')).rejects.toMatchObject(TOO_MUCH);
      await refund('50', undefined, pending.providerReference);
      await refund('20');

      await expect(refund('0.01')).rejects.toMatchObject(TOO_MUCH);
      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'paid' });
    });
  });

  it('lets go of a pending refund that failed', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      await desk.payments.recordCharge({ invoiceId, amount: '100', providerReference: ref() });
      const refund = { invoiceId, amount: '100', providerReference: ref() };
      await desk.payments.refund({ ...refund, status: 'pending' });
      await desk.payments.refund({ ...refund, status: 'failed', failureCode: 'account_closed' });

      await expect(
        desk.payments.refund({ ...refund, providerReference: ref() }),
      ).resolves.toMatchObject({ status: 'succeeded' });
    });
  });

  it('does not void an invoice that is partly paid until that is refunded', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      await desk.payments.recordCharge({ invoiceId, amount: '10', providerReference: ref() });
      await expect(desk.invoices.void(invoiceId)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
      await desk.payments.refund({ invoiceId, amount: '10', providerReference: ref() });

      expect(await desk.invoices.void(invoiceId)).toMatchObject({ state: 'void' });
    });
  });

  it('only adds: a tenant changes and deletes no payment', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      await desk.payments.recordCharge({ invoiceId, amount: '1', providerReference: ref() });

      for (const text of [
        'UPDATE payment_transactions SET amount = 2',
        'DELETE FROM payment_transactions',
      ]) {
        await expect(shipped.source.query(text)).rejects.toMatchObject({
          code: 'ROWGUARD_STATEMENT_REFUSED',
        });
      }
    });
  });

  it('has one default method, which another takes over', async () => {
    await as(ACME, async () => {
      const add = (isDefault: boolean) =>
        desk.methods.create({
          kind: 'card',
          providerReference: desk.name('pm'),
          brand: 'visa',
          last4: '4242',
          expiryMonth: 12,
          expiryYear: 2030,
          isDefault,
        });
      const first = await add(true);
      const second = await add(true);
      const third = await add(false);
      await expect(desk.methods.findDefault()).resolves.toMatchObject({ id: second.id });

      await Promise.all([first, third, second].map(({ id }) => desk.methods.setDefault(id)));

      await expect(desk.methods.count({ where: { isDefault: true } })).resolves.toBe(1);
      const { id: invoiceId } = await desk.issued();
      const charge = { invoiceId, amount: '1', providerReference: ref(), methodId: first.id };
      expect(await desk.payments.recordCharge(charge)).toMatchObject({ methodId: first.id });
      const second2 = await caught(
        shipped.source.query('UPDATE payment_methods SET is_default = true'),
      );
      expect(isUniqueViolation(second2)).toBe(true);
      await desk.methods.delete(first.id);
      await expect(desk.methods.setDefault(first.id)).rejects.toMatchObject({
        code: 'ROWGUARD_ROW_NOT_FOUND',
      });
    });
    await expect(as(GLOBEX, () => desk.methods.findDefault())).resolves.toBeNull();
  });

  it.each([
    ['the number of a card as its reference', { providerReference: '4242 4242 4242 4242' }],
    ['more than the last four digits', { last4: '42424242' }],
    ['a month that there is not', { expiryMonth: 13 }],
  ])('does not keep %s', async (_case, wrong) => {
    const method = { kind: 'card', providerReference: desk.name('pm'), ...wrong } as const;

    const error = await caught(as(ACME, () => desk.methods.create(method)));

    const isInvalid = (error as { code?: string }).code === 'ROWGUARD_VALIDATION_FAILED';
    expect(isCheckViolation(error) || isInvalid).toBe(true);
  });

  it.each([
    ['an amount of zero', { amount: '0' }],
    ['an amount below zero', { amount: '-5' }],
    ['an amount that is a number', { amount: 5 }],
    ['a reference that is empty', { providerReference: ' ' }],
    ['a status that there is not', { status: 'maybe' }],
    ['another currency than the invoice has', { currency: 'USD' }],
  ])('refuses %s', async (_case, wrong) => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued();
      const payment = { invoiceId, amount: '5', providerReference: ref(), ...wrong } as never;

      for (const work of [
        () => desk.payments.recordCharge(payment),
        () => desk.payments.refund(payment),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
      }
      await expect(desk.payments.findByInvoice(invoiceId)).resolves.toEqual([]);
    });
  });

  it('tells the totals by currency, and those of the tenant in hand only', async () => {
    const hour = 3_600_000;
    const issuedAt = new Date('2031-01-01T00:00:00.000Z');
    const write = async (currency: string, total: string, dueAt?: Date) => {
      const { id } = await desk.invoices.createDraft({ currency }, [
        { description: 'x', unitPrice: total },
      ]);
      return desk.invoices.finalize(id, { issuedAt, ...(dueAt ? { dueAt } : {}) });
    };
    await as(GLOBEX, () => write('CHF', '7'));
    await as(ACME, async () => {
      await write('CHF', '10', new Date(Date.now() - hour));
      await write('CHF', '20', new Date(Date.now() + hour));
      await desk.invoices.pay((await write('CHF', '40')).id);
      await desk.invoices.void((await write('CHF', '80')).id);
      await desk.invoices.markUncollectible((await write('JPY', '500')).id);

      await expect(desk.invoices.totals({ from: issuedAt })).resolves.toEqual([
        {
          currency: 'CHF',
          count: 3,
          invoiced: '70.000000',
          paid: '40.000000',
          open: '30.000000',
          overdue: '10.000000',
          uncollectible: '0.000000',
        },
        expect.objectContaining({ currency: 'JPY', uncollectible: '500.000000' }),
      ]);
    });
  });
});
