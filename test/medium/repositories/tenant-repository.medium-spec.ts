import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  RowNotFoundError,
  TenantContext,
  TenantMismatchError,
  TenantRepository,
  TransactionUndoneError,
  UniqueViolationError,
} from 'nestjs-rowguard';
import { ACME, Customer, GLOBEX, Invoice, Label } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

describe('the repository of the tenant', () => {
  let shop: ShopSource;
  let invoices: TenantRepository<Invoice>;
  let labels: TenantRepository<Label>;

  beforeAll(async () => {
    shop = await openShop({ cache: true });
    invoices = new TenantRepository(Invoice, shop.source);
    labels = new TenantRepository(Label, shop.source);
  });

  afterAll(() => shop.close());

  beforeEach(() =>
    shop.database.asOwner((client) =>
      client.query('truncate invoices, labels, customers, invoice_labels, letters cascade'),
    ),
  );

  const numbered = (count: number, prefix = 'n') =>
    Array.from({ length: count }, (_, at) => ({
      number: `${prefix}${String(at).padStart(5, '0')}`,
    }));

  it('fills tenant and id, and orders ids by time', async () => {
    const rows = await as(ACME, () => invoices.insertMany(numbered(50)));

    expect(rows.every((row) => row.tenantId === ACME)).toBe(true);
    expect(rows.every((row) => row.id[14] === '7')).toBe(true);
    expect(rows.map((row) => row.id)).toEqual(rows.map((row) => row.id).toSorted());
  });

  it('inserts more rows than one statement may have parameters, all or none', async () => {
    const rows = numbered(12_000);

    await as(ACME, () => invoices.insertMany(rows));
    await expect(
      as(ACME, () => invoices.insertMany([...numbered(9_000, 'x'), { number: 'n00000' }])),
    ).rejects.toBeInstanceOf(UniqueViolationError);

    await expect(as(ACME, () => invoices.count())).resolves.toBe(12_000);
    await expect(as(GLOBEX, () => invoices.count())).resolves.toBe(0);
  });

  it('upserts within the tenant only', async () => {
    await as(GLOBEX, () => labels.save({ name: 'same' }));
    const [first] = await as(ACME, () => labels.insertMany([{ name: 'same' }]));

    await expect(
      as(ACME, () => labels.upsertMany([{ name: 'same' }], ['nothing' as never])),
    ).rejects.toBeInstanceOf(InvalidInputError);
    await as(ACME, () =>
      labels.upsert([{ id: first?.id ?? '', name: 'changed' }], { conflictPaths: ['id'] }),
    );

    await expect(as(ACME, () => labels.find())).resolves.toMatchObject([{ name: 'changed' }]);
    await expect(as(GLOBEX, () => labels.find())).resolves.toMatchObject([{ name: 'same' }]);
  });

  it('pages by keyset through every row once, in any order', async () => {
    await as(ACME, () =>
      invoices.insertMany(numbered(25).map((row, at) => ({ ...row, total: String(at % 4) }))),
    );
    await as(GLOBEX, () => invoices.insertMany(numbered(5)));

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await as(ACME, () =>
        invoices.findPage({
          limit: 10,
          order: { total: 'DESC', number: 'ASC' },
          ...(after ? { after } : {}),
        }),
      );
      seen.push(...page.items.map((one) => `${one.total}/${one.number}`));
      after = page.next;
    } while (after);

    const all = await as(ACME, () => invoices.find({ order: { total: 'DESC', number: 'ASC' } }));
    expect(seen).toEqual(all.map((one) => `${one.total}/${one.number}`));
    expect(seen).toHaveLength(25);
  });

  it('pages by timestamps without losing rows that lie within one millisecond', async () => {
    await as(ACME, async () => {
      for (const row of numbered(12)) await invoices.insert(row);
    });
    await shop.database.asOwner((client) =>
      client.query(`update invoices set created_at = date_trunc('second', created_at)`),
    );

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await as(ACME, () =>
        invoices.findPage({ limit: 3, order: { createdAt: 'ASC' }, ...(after ? { after } : {}) }),
      );
      seen.push(...page.items.map((one) => one.id));
      after = page.next;
    } while (after);

    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
  });

  it('refuses cursors of another order, broken cursors and columns that may be null', async () => {
    await as(ACME, () => invoices.insertMany(numbered(3)));
    const { next } = await as(ACME, () => invoices.findPage({ limit: 1 }));

    const wrong = [
      { after: 'nonsense' },
      { after: next ?? '', order: { number: 'ASC' as const } },
      { order: { customerId: 'ASC' as const } },
      { order: { nothing: 'ASC' } as never },
      { limit: 0 },
      { limit: 1_000_000 },
    ];
    for (const options of wrong) {
      await expect(as(ACME, () => invoices.findPage(options))).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    }
  });

  it('pages by number with a total of its own tenant', async () => {
    await as(ACME, () => invoices.insertMany(numbered(7)));
    await as(GLOBEX, () => invoices.insertMany(numbered(9)));

    const page = await as(ACME, () => invoices.findAndCountPage({ page: 2, limit: 3 }));

    expect(page).toMatchObject({ total: 7, page: 2, limit: 3, pages: 3 });
    expect(page.items).toHaveLength(3);
  });

  it('hides deleted rows, shows them when asked, and brings them back', async () => {
    const [kept, gone] = await as(ACME, () => invoices.insertMany(numbered(2)));
    await as(ACME, () => invoices.softDelete(gone?.id ?? ''));

    const ids = async (options: object) =>
      (await as(ACME, () => invoices.find({ order: { number: 'ASC' }, ...options }))).map(
        (one) => one.id,
      );
    await expect(ids({})).resolves.toEqual([kept?.id]);
    await expect(ids({ includeDeleted: true })).resolves.toEqual([kept?.id, gone?.id]);
    await expect(ids({ deleted: 'with' })).resolves.toEqual([kept?.id, gone?.id]);
    await expect(ids({ deleted: 'only' })).resolves.toEqual([gone?.id]);
    await expect(as(ACME, () => invoices.findAll({ includeDeleted: true }))).resolves.toHaveLength(
      2,
    );
    await expect(as(ACME, () => invoices.findById(gone?.id ?? ''))).resolves.toBeNull();

    await as(ACME, () => invoices.restore(gone?.id ?? ''));
    await expect(ids({})).resolves.toEqual([kept?.id, gone?.id]);
    await as(ACME, () => invoices.hardDelete(gone?.id ?? ''));
    await expect(ids({ deleted: 'with' })).resolves.toEqual([kept?.id]);
  });

  it('lets a deleted number be used again', async () => {
    const invoice = await as(ACME, () => invoices.save({ number: 'again' }));
    await as(ACME, () => invoices.softDelete(invoice.id));

    await expect(as(ACME, () => invoices.save({ number: 'again' }))).resolves.toMatchObject({
      number: 'again',
    });
  });

  it('never moves a row to another tenant', async () => {
    const invoice = await as(ACME, () => invoices.save({ number: 'a' }));

    await expect(
      as(ACME, () => invoices.update(invoice.id, { tenantId: GLOBEX })),
    ).rejects.toBeInstanceOf(TenantMismatchError);
    await expect(
      as(ACME, () => invoices.insert({ number: 'b', tenantId: GLOBEX })),
    ).rejects.toBeInstanceOf(TenantMismatchError);
    await expect(as(GLOBEX, () => invoices.save(invoice))).rejects.toBeInstanceOf(
      TenantMismatchError,
    );
    await expect(as(GLOBEX, () => invoices.remove(invoice))).rejects.toBeInstanceOf(
      TenantMismatchError,
    );
  });

  it('says so when a row that is saved was deleted meanwhile', async () => {
    const invoice = await as(ACME, () => invoices.save({ number: 'a' }));

    await as(ACME, async () => {
      const loaded = await invoices.getById(invoice.id);
      await shop.database.asOwner((client) => client.query('delete from invoices'));
      loaded.number = 'b';
      await expect(invoices.save(loaded)).rejects.toBeInstanceOf(RowNotFoundError);
    });
  });

  it('takes part in a transaction without being handed a manager', async () => {
    const context = new TenantContext(shop.source);
    const failing = as(ACME, () =>
      context.transaction(async () => {
        await invoices.save({ number: 'a' });
        await labels.save({ name: 'l' });
        expect(await shop.source.query('select * from invoices')).toHaveLength(1);
        throw new Error('undo');
      }),
    );

    await expect(failing).rejects.toThrow('undo');
    await expect(as(ACME, () => invoices.count())).resolves.toBe(0);
    await expect(as(ACME, () => labels.count())).resolves.toBe(0);
  });

  it('joins a running transaction, and undoes a part where a savepoint was asked for', async () => {
    await as(ACME, () =>
      invoices.transaction(async () => {
        await invoices.save({ number: 'kept' });
        await invoices
          .transaction(
            async () => {
              await invoices.save({ number: 'undone' });
              throw new Error('undo');
            },
            { savepoint: true },
          )
          .catch(() => undefined);
        await invoices.save({ number: 'kept too' });
      }),
    );

    const numbers = await as(ACME, () => invoices.find({ order: { number: 'ASC' } }));
    expect(numbers.map((one) => one.number)).toEqual(['kept', 'kept too']);
  });

  it('says so when a swallowed error has undone the transaction', async () => {
    await as(ACME, () => labels.save({ name: 'taken' }));

    const swallowed = as(ACME, () =>
      invoices.transaction(async () => {
        await invoices.insert({ number: 'lost' });
        await labels.insert({ name: 'taken' }).catch(() => undefined);
      }),
    );

    await expect(swallowed).rejects.toBeInstanceOf(TransactionUndoneError);
    await expect(as(ACME, () => invoices.count())).resolves.toBe(0);
  });

  it('keeps a transaction closed after a savepoint in it could not be opened', async () => {
    await as(ACME, () => labels.save({ name: 'taken' }));

    const swallowed = as(ACME, () =>
      invoices.transaction(async () => {
        await labels.insert({ name: 'taken' }).catch(() => undefined);
        const part = () => invoices.insert({ number: 'in a savepoint' });
        await invoices.transaction(part, { savepoint: true }).catch(() => undefined);
        await invoices.insert({ number: 'alone' }).catch(() => undefined);
      }),
    );

    await expect(swallowed).rejects.toBeInstanceOf(TransactionUndoneError);
    await expect(as(ACME, () => invoices.count())).resolves.toBe(0);
  });

  it('refuses another isolation level in the middle of a transaction', async () => {
    const late = as(ACME, () =>
      invoices.transaction(() =>
        invoices.transaction(() => invoices.count(), { isolation: 'SERIALIZABLE' }),
      ),
    );

    await expect(late).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('answers a cached question for each tenant, even under one name', async () => {
    await as(ACME, () => labels.save({ name: 'acme' }));
    await as(GLOBEX, () => labels.save({ name: 'globex' }));
    const cached = (tenantId: string) =>
      as(tenantId, () => labels.find({ cache: { id: 'all labels', milliseconds: 60_000 } }));

    await cached(ACME);
    const [globex] = await cached(GLOBEX);
    await as(ACME, () => labels.updateAll({ name: 'changed behind the cache' }));
    const [acme] = await cached(ACME);

    expect(globex?.name).toBe('globex');
    expect(acme?.name).toBe('acme');
  });

  it('is a TypeORM repository, for entities of existing code as well', async () => {
    const plain = shop.source.getRepository(Customer);
    const customer = await as(ACME, () => plain.save(plain.create({ email: 'a@example.com' })));

    await expect(as(GLOBEX, () => plain.findOneBy({ id: customer.id }))).resolves.toBeNull();
    await expect(as(GLOBEX, () => plain.delete({ id: customer.id }))).resolves.toMatchObject({
      affected: 0,
    });
    await expect(as(ACME, () => plain.delete(customer.id))).resolves.toMatchObject({ affected: 1 });
  });
});
