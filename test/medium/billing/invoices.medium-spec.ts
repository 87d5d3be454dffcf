import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext, getConstraintName, isCheckViolation } from 'nestjs-rowguard';
import { TenantQueryRunner } from '../../../src/connection/tenant-query-runner.js';
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

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

const LINES = [
  { description: 'Seats', quantity: '3', unitPrice: '19.99', taxRate: '0.19' },
  { description: 'Storage', quantity: '2.5', unitPrice: '0.333333', taxRate: '0.07' },
  { description: 'Discount', unitPrice: '-5.00' },
];

describe.each(ENGINES)('invoices, on %s', (_, open) => {
  let shipped: ShippedSource;
  let desk: BillingDesk;
  const sql = (text: string, values: unknown[] = []) => shipped.source.query(text, values);

  beforeAll(async () => {
    shipped = await open(['billing']);
    desk = new BillingDesk(shipped.source);
  });
  afterAll(() => shipped.close());

  it('creates a draft with its lines, and the database adds them up', async () => {
    const draft = await as(ACME, () => desk.invoices.createDraft({ currency: 'EUR' }, LINES));

    expect(draft).toMatchObject({
      state: 'draft',
      number: null,
      issuedAt: null,
      currency: 'EUR',
      subtotal: '55.803333',
      tax: '11.452633',
      total: '67.255966',
    });
    expect(draft.lines.map(({ position, amount }) => [position, amount])).toEqual([
      [1, '59.970000'],
      [2, '0.833333'],
      [3, '-5.000000'],
    ]);
  });

  it('creates a draft in three statements, however many lines it has', async () => {
    const query = jest.spyOn(TenantQueryRunner.prototype, 'query');
    const lines = Array.from({ length: 200 }, () => ({ description: 'Seat', unitPrice: '0.10' }));

    const draft = await as(ACME, () => desk.invoices.createDraft({}, lines));
    const sent = query.mock.calls.map(([text]) => text.trim().split(' ')[0]);
    query.mockRestore();

    expect(draft.total).toBe('20.000000');
    expect(sent.filter((word) => word === 'SELECT' || word === 'INSERT')).toHaveLength(3);
  });

  it('adds and removes lines of a draft, and adds up again', async () => {
    await as(ACME, async () => {
      const { id, lines } = await desk.invoices.createDraft({}, LINES.slice(0, 1));

      const added = await desk.invoices.addLine(id, { description: 'Setup', unitPrice: '100' });
      expect(added).toMatchObject({ position: 2, amount: '100.000000' });
      expect(await desk.invoices.getById(id)).toMatchObject({ subtotal: '159.970000' });
      await desk.invoices.removeLine(id, lines[0]?.id as string);
      expect(await desk.invoices.getWithLines(id)).toMatchObject({
        subtotal: '100.000000',
        tax: '0.000000',
        lines: [{ id: added.id }],
      });
      await expect(desk.invoices.removeLine(id, lines[0]?.id as string)).rejects.toMatchObject({
        code: 'ROWGUARD_ROW_NOT_FOUND',
      });
    });
  });

  it('finalizes a draft: it gets a number and the time of its issue', async () => {
    await as(ACME, async () => {
      const dueAt = new Date('2030-01-01T00:00:00.000Z');
      const { id } = await desk.invoices.createDraft({}, LINES);

      const issued = await desk.invoices.finalize(id, { dueAt });

      expect(issued).toMatchObject({ state: 'open', dueAt, total: '67.255966' });
      expect(issued.number).toBeGreaterThan(0);
      expect(issued.issuedAt).toBeInstanceOf(Date);
      await expect(desk.invoices.finalize(id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
    });
  });

  it('does not finalize a draft without lines', async () => {
    await as(ACME, async () => {
      const { id } = await desk.invoices.createDraft({});

      await expect(desk.invoices.finalize(id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
        message: expect.stringContaining('Add a line first'),
      });
      expect(await desk.invoices.getById(id)).toMatchObject({ state: 'draft' });
    });
  });

  it('refuses to add, remove or delete once the invoice is issued', async () => {
    await as(ACME, async () => {
      const { id } = await desk.issued();
      const { lines } = await desk.invoices.getWithLines(id);

      for (const work of [
        () => desk.invoices.addLine(id, { description: 'More', unitPrice: '1' }),
        () => desk.invoices.removeLine(id, lines[0]?.id as string),
        () => desk.invoices.delete(id),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
      }
    });
  });

  it.each([
    ['changed', `UPDATE invoice_line_items SET quantity = 2, amount = 2 * unit_price`],
    ['deleted softly', `UPDATE invoice_line_items SET deleted_at = now()`],
    ['deleted', `DELETE FROM invoice_line_items`],
    ['moved to a draft', `UPDATE invoice_line_items SET invoice_id = $2`],
  ])('has the database refuse raw SQL when lines of an issued invoice are %s', async (_, text) => {
    await as(ACME, async () => {
      const issued = await desk.issued();
      const draft = await desk.invoices.createDraft({});
      const values = text.includes('$2') ? [issued.id, draft.id] : [issued.id];

      const error = await caught(sql(`${text} WHERE invoice_id = $1`, values));

      expect(getConstraintName(error)).toBe('ck_invoices_issued_stays');
      const { lines, total } = await desk.invoices.getWithLines(issued.id);
      expect({ total, amounts: lines.map((line) => line.amount) }).toEqual({
        total: '100.000000',
        amounts: ['100.000000'],
      });
    });
  });

  it('has the database refuse raw SQL that adds a line to an issued invoice, or moves one there', async () => {
    await as(ACME, async () => {
      const issued = await desk.issued();
      const { lines } = await desk.invoices.createDraft({}, LINES.slice(0, 1));
      const insert = `INSERT INTO invoice_line_items (invoice_id, position, description, unit_price, amount) VALUES ($1, 2, 'x', 1, 1)`;
      const move = `UPDATE invoice_line_items SET invoice_id = $1, position = 9 WHERE id = $2`;

      expect(isCheckViolation(await caught(sql(insert, [issued.id])))).toBe(true);
      expect(isCheckViolation(await caught(sql(move, [issued.id, lines[0]?.id])))).toBe(true);
    });
  });

  it.each([
    ['its total', `subtotal = 1, tax = 0, total = 1`],
    ['its number', `number = number + 100`],
    ['its currency', `currency = 'USD'`],
    ['the time of its issue', `issued_at = issued_at - interval '1 day'`],
    ['its state, back to a draft', `state = 'draft', number = NULL, issued_at = NULL`],
    ['whether it is deleted', `deleted_at = now()`],
  ])('has the database refuse raw SQL that changes %s once it is issued', async (_, change) => {
    await as(ACME, async () => {
      const { id } = await desk.issued();

      const error = await caught(sql(`UPDATE invoices SET ${change} WHERE id = $1`, [id]));
      expect(getConstraintName(error)).toBe('ck_invoices_issued_stays');
      const gone = await caught(sql('DELETE FROM invoices WHERE id = $1', [id]));
      expect(gone).toBeInstanceOf(Error);
    });
  });

  it('has the database set right what raw SQL writes into the totals of a draft', async () => {
    await as(ACME, async () => {
      const { id } = await desk.invoices.createDraft({}, LINES);

      await sql('UPDATE invoices SET subtotal = 1, tax = 1, total = 2, number = 7 WHERE id = $1', [
        id,
      ]);

      expect(await desk.invoices.getById(id)).toMatchObject({ total: '67.255966', number: null });
    });
  });

  it('checks amounts and beginnings in the database', async () => {
    await as(ACME, async () => {
      const { id } = await desk.invoices.createDraft({});
      const line = `INSERT INTO invoice_line_items (invoice_id, position, description, quantity, unit_price, amount) VALUES ($1, 1, 'x', 2, 3, 7)`;
      expect(isCheckViolation(await caught(sql(line, [id])))).toBe(true);
      const open = `INSERT INTO invoices (state, number, issued_at) VALUES ('open', 1, now())`;
      expect(isCheckViolation(await caught(sql(open)))).toBe(true);
    });
  });

  it('deletes a draft with its lines, and restores both', async () => {
    await as(ACME, async () => {
      const { id } = await desk.invoices.createDraft({}, LINES);
      await desk.invoices.delete(id);
      await expect(desk.invoices.findById(id)).resolves.toBeNull();

      await desk.invoices.restore(id);

      expect(await desk.invoices.getWithLines(id)).toMatchObject({
        total: '67.255966',
        lines: [{ position: 1 }, { position: 2 }, { position: 3 }],
      });
    });
  });

  it('pays, voids and writes off, and refuses what cannot follow', async () => {
    await as(ACME, async () => {
      const { id } = await desk.issued();
      expect(await desk.invoices.markUncollectible(id)).toMatchObject({ state: 'uncollectible' });
      expect((await desk.invoices.pay(id)).paidAt).toBeInstanceOf(Date);
      await expect(desk.invoices.void(id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
      const other = await desk.issued();
      expect(await desk.invoices.void(other.id)).toMatchObject({
        state: 'void',
        number: other.number,
      });
      await expect(desk.invoices.pay(other.id)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
    });
  });

  it.each([
    ['a price that is a number', { description: 'x', unitPrice: 12.5 }],
    ['a price with a comma', { description: 'x', unitPrice: '12,50' }],
    ['a quantity that is none', { description: 'x', unitPrice: '1', quantity: 'many' }],
    ['a line without a description', { unitPrice: '1' }],
    ['a line that is none', null],
  ])('refuses %s, and writes nothing', async (_case, line) => {
    await as(ACME, async () => {
      const before = await desk.invoices.count();

      await expect(desk.invoices.createDraft({}, [line as never])).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
      expect(await desk.invoices.count()).toBe(before);
    });
  });

  it.each([
    ['a tax rate above 1', { description: 'x', unitPrice: '1', taxRate: '19' }],
    ['a quantity below 0', { description: 'x', unitPrice: '1', quantity: '-1' }],
  ])('has the database refuse %s', async (_case, line) => {
    const error = await caught(as(ACME, () => desk.invoices.createDraft({}, [line])));

    const isInvalid = (error as { code?: string }).code === 'ROWGUARD_VALIDATION_FAILED';
    expect(isCheckViolation(error) || isInvalid).toBe(true);
  });

  it('shows another tenant nothing, and lets it change nothing', async () => {
    const { id } = await as(ACME, () => desk.invoices.createDraft({}, LINES));

    await as(GLOBEX, async () => {
      await expect(desk.invoices.findById(id)).resolves.toBeNull();
      for (const work of [
        () => desk.invoices.finalize(id),
        () => desk.invoices.addLine(id, { description: 'x', unitPrice: '1' }),
        () => desk.invoices.void(id),
        () => desk.invoices.delete(id),
        () => desk.payments.recordCharge({ invoiceId: id, amount: '1', providerReference: 'x' }),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
      }
    });
    expect(await as(ACME, () => desk.invoices.getWithLines(id))).toMatchObject({
      state: 'draft',
      lines: { length: 3 },
    });
  });
});
