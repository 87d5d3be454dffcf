import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, getConstraintName, getSqlState } from 'nestjs-rowguard';
import { BillingDesk } from '../../support/billing-desk.js';
import { caught } from '../../support/caught.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const times = <T>(count: number, work: (at: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: count }, (_, at) => work(at)));

describe('billing, when many act at once', () => {
  let shipped: ShippedSource;
  let desk: BillingDesk;

  beforeAll(async () => {
    shipped = await openShipped(['billing']);
    desk = new BillingDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  const numbers = (tenantId: string) =>
    as(tenantId, async () => {
      const all = await desk.invoices.find({ deleted: 'with' });
      return all.flatMap((one) => one.number ?? []).toSorted((a, b) => a - b);
    });
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

  it('numbers the invoices of each tenant without a gap, also where transactions are undone', async () => {
    const before = (await numbers(ACME)).length;
    const finished = await times(24, (at) =>
      as(at % 3 === 0 ? GLOBEX : ACME, () =>
        desk.invoices.transaction(async () => {
          const issued = await desk.issued();
          if (at % 4 === 1) throw new Error('undone');
          return issued;
        }),
      ),
    );

    expect(finished.filter((one) => one.status === 'rejected')).toHaveLength(6);
    const acme = await numbers(ACME);
    expect(acme).toEqual(upTo(acme.length));
    expect(acme.length).toBeGreaterThan(before);
    const globex = await numbers(GLOBEX);
    expect(globex).toEqual(upTo(globex.length));
  });

  it('numbers many drafts that one statement issues', async () => {
    await as(ACME, async () => {
      const drafts = [];
      for (let at = 0; at < 5; at++) {
        drafts.push(await desk.invoices.createDraft({}, [{ description: 'x', unitPrice: '1' }]));
      }
      await shipped.source.query(`UPDATE invoices SET state = 'open' WHERE id = ANY($1)`, [
        drafts.map((draft) => draft.id),
      ]);
    });
    const all = await numbers(ACME);
    expect(all).toEqual(upTo(all.length));
  });

  it('issues exactly the lines that are there, while others are added', async () => {
    for (let round = 0; round < 8; round++) {
      await as(ACME, async () => {
        const { id } = await desk.invoices.createDraft({}, [{ description: 'x', unitPrice: '1' }]);

        await Promise.all([
          times(5, () => desk.invoices.addLine(id, { description: 'y', unitPrice: '1' })),
          desk.invoices.finalize(id),
        ]);

        const { lines, total, state } = await desk.invoices.getWithLines(id);
        expect({ state, total }).toEqual({ state: 'open', total: `${lines.length}.000000` });
      });
    }
  });

  it('refuses a line that raw SQL adds while the invoice is being issued, whatever the isolation', async () => {
    for (const isolation of ['READ COMMITTED', 'REPEATABLE READ'] as const) {
      const { id } = await as(ACME, () =>
        desk.invoices.createDraft({}, [{ description: 'x', unitPrice: '1' }]),
      );
      let begun: () => void = () => undefined;
      let issued: () => void = () => undefined;
      const hasBegun = new Promise<void>((resolve) => (begun = resolve));
      const isIssued = new Promise<void>((resolve) => (issued = resolve));

      const adding = as(ACME, () =>
        desk.invoices.transaction(
          async () => {
            await desk.invoices.getById(id);
            begun();
            await isIssued;
            await shipped.source.query(
              `INSERT INTO invoice_line_items (invoice_id, position, description, unit_price, amount) VALUES ($1, 2, 'late', 1, 1)`,
              [id],
            );
          },
          { isolation },
        ),
      );
      await hasBegun;
      await as(ACME, () => desk.invoices.finalize(id));
      issued();

      const error = await caught(adding);
      const isLocked = getConstraintName(error) === 'ck_invoices_issued_stays';
      expect(isLocked || getSqlState(error) === '40001').toBe(true);
      expect(await as(ACME, () => desk.invoices.getWithLines(id))).toMatchObject({
        total: '1.000000',
        lines: { length: 1 },
      });
    }
  });

  it('never charges more than the total, nor refunds more than was charged', async () => {
    await as(ACME, async () => {
      const { id: invoiceId } = await desk.issued('100');
      const record = (kind: 'recordCharge' | 'refund', amount: string) =>
        desk.payments[kind]({ invoiceId, amount, providerReference: desk.name(kind) });

      const charges = await times(12, () => record('recordCharge', '30'));
      await record('recordCharge', '10');
      const refunds = await times(12, () => record('refund', '15'));

      const done = (all: PromiseSettledResult<unknown>[]) =>
        all.filter((one) => one.status === 'fulfilled').length;
      expect([done(charges), done(refunds)]).toEqual([3, 6]);
      expect(await desk.invoices.getById(invoiceId)).toMatchObject({ state: 'paid' });
    });
  });
});
