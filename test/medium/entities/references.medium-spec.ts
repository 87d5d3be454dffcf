import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ReferenceMissingError,
  RowNotFoundError,
  TenantMismatchError,
  TenantRepository,
} from 'nestjs-rowguard';
import { ACME, Customer, GLOBEX, Invoice, Label, Letter } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

describe('references between rows of a tenant', () => {
  let shop: ShopSource;
  let customers: TenantRepository<Customer>;
  let invoices: TenantRepository<Invoice>;
  let labels: TenantRepository<Label>;
  let next = 0;
  const unique = () => `n${++next}`;

  beforeAll(async () => {
    shop = await openShop();
    customers = new TenantRepository(Customer, shop.source);
    invoices = new TenantRepository(Invoice, shop.source);
    labels = new TenantRepository(Label, shop.source);
  });

  afterAll(() => shop.close());

  const customerOf = (tenantId: string) =>
    as(tenantId, () => customers.save({ email: `${unique()}@example.com` }));

  it('are made with a bare id', async () => {
    const customer = await customerOf(ACME);

    const invoice = await as(ACME, () =>
      invoices.save({ number: unique(), customer: { id: customer.id } }),
    );
    const loaded = await as(ACME, () =>
      invoices.getById(invoice.id, { relations: { customer: true } }),
    );

    expect(loaded.customerId).toBe(customer.id);
    expect(loaded.customer?.email).toBe(customer.email);
  });

  it('are made through the id property, which nobody has to declare', async () => {
    const customer = await customerOf(ACME);

    const invoice = await as(ACME, () =>
      invoices.save({ number: unique(), customerId: customer.id }),
    );

    const loaded = await as(ACME, () =>
      invoices.getById(invoice.id, { relations: { customer: true } }),
    );
    expect(loaded.customer?.id).toBe(customer.id);
  });

  it('are cleared by null, and the row keeps its tenant', async () => {
    const customer = await customerOf(ACME);
    const invoice = await as(ACME, () => invoices.save({ number: unique(), customer }));

    await as(ACME, async () => {
      const loaded = await invoices.getById(invoice.id, { relations: { customer: true } });
      loaded.customer = null;
      await invoices.save(loaded);
    });

    const cleared = await as(ACME, () => invoices.getById(invoice.id));
    expect(cleared.customerId).toBeNull();
    expect(cleared.tenantId).toBe(ACME);
  });

  it('are cleared when a row leaves the collection of its parent, and the row keeps its tenant', async () => {
    const customer = await customerOf(ACME);
    const invoice = await as(ACME, () => invoices.save({ number: unique(), customer }));

    await as(ACME, async () => {
      const loaded = await customers.getById(customer.id, { relations: { invoices: true } });
      loaded.invoices = [];
      await customers.save(loaded);
    });

    const left = await as(ACME, () => invoices.getById(invoice.id));
    expect(left.customerId).toBeNull();
    expect(left.tenantId).toBe(ACME);
  });

  it('are changed on a loaded row without writing a second one', async () => {
    const [one, two] = [await customerOf(ACME), await customerOf(ACME)];
    const invoice = await as(ACME, () => invoices.save({ number: unique(), customer: one }));

    await as(ACME, async () => {
      const loaded = await invoices.getById(invoice.id);
      loaded.customer = { id: two.id } as Customer;
      await invoices.save(loaded);
    });

    const changed = await as(ACME, () => invoices.findBy({ number: invoice.number }));
    expect(changed).toHaveLength(1);
    expect(changed[0]?.customerId).toBe(two.id);
  });

  it('cannot be made to a row of another tenant, by entity, id or raw SQL', async () => {
    const foreign = await customerOf(GLOBEX);

    await expect(
      as(ACME, () => invoices.save({ number: unique(), customer: foreign })),
    ).rejects.toBeInstanceOf(TenantMismatchError);
    await expect(
      as(ACME, () => invoices.save({ number: unique(), customerId: foreign.id })),
    ).rejects.toBeInstanceOf(ReferenceMissingError);
    await expect(
      as(ACME, () =>
        shop.source.query(
          `insert into invoices (number, customer_id, version) values ('raw', $1, 1)`,
          [foreign.id],
        ),
      ),
    ).rejects.toBeInstanceOf(ReferenceMissingError);
  });

  it('many to many share one tenant, and load from both sides', async () => {
    const invoice = await as(ACME, async () =>
      invoices.save({
        number: unique(),
        labels: [await labels.save({ name: unique() }), await labels.save({ name: unique() })],
      }),
    );

    const loaded = await as(ACME, () =>
      invoices.getById(invoice.id, { relations: { labels: true } }),
    );
    const label = await as(ACME, () =>
      labels.getById(loaded.labels[0]?.id ?? '', { relations: { invoices: true } }),
    );
    const rows = await shop.database.asOwner((client) =>
      client.query('select tenant_id from invoice_labels where invoices_id = $1', [invoice.id]),
    );

    expect(loaded.labels).toHaveLength(2);
    expect(label.invoices.map((one) => one.id)).toEqual([invoice.id]);
    expect(rows.rows).toEqual([{ tenant_id: ACME }, { tenant_id: ACME }]);
  });

  it('many to many are added and removed by bare ids', async () => {
    const [invoice, label] = await as(ACME, async () => [
      await invoices.save({ number: unique() }),
      await labels.save({ name: unique() }),
    ]);
    const relation = () => invoices.createQueryBuilder().relation(Invoice, 'labels').of(invoice.id);

    await as(ACME, () => relation().add(label.id));
    const added = await as(ACME, () => relation().loadMany<Label>());
    await as(ACME, () => relation().remove(label.id));
    const removed = await as(ACME, () => relation().loadMany<Label>());

    expect(added.map((one) => one.id)).toEqual([label.id]);
    expect(removed).toEqual([]);
  });

  it('come along eagerly, and lazily in the tenant that asks', async () => {
    const customer = await customerOf(ACME);
    const letters = new TenantRepository(Letter, shop.source);
    await as(ACME, () => letters.save({ body: 'hello', customer }));

    const [letter] = await as(ACME, () => letters.find());
    const lazy = await as(ACME, async () => (await customers.getById(customer.id)).letters);

    expect(letter?.customer?.id).toBe(customer.id);
    expect(lazy.map((one) => one.body)).toEqual(['hello']);
  });

  it('an id that the tenant does not have is not found, foreign or missing', async () => {
    const foreign = await customerOf(GLOBEX);
    const missing = '0190f000-0000-7000-8000-000000000000';

    for (const id of [foreign.id, missing]) {
      await expect(as(ACME, () => customers.getById(id))).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(
        as(ACME, () => customers.save({ id, email: `${unique()}@example.com` })),
      ).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(as(ACME, () => customers.update(id, { note: 'x' }))).resolves.toMatchObject({
        affected: 0,
      });
    }
  });
});
