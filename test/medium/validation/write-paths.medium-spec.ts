import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Logger } from '@nestjs/common';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { TenantContext, TenantRepository, ValidationFailedError } from 'nestjs-rowguard';
import { ACME } from '../../support/shop.js';
import { ShopDatabase, errorOf } from '../../support/shop-database.js';
import { Line, ORDERS, Order, Page, Truck, Unit, order } from './orders.js';

const CANARY = 'canary-0815';
/** A new one for each write: TypeORM writes ids into what it is handed. */
const bad = () => ({ number: CANARY, email: CANARY, total: -1, address: { city: 'X' } });
const BAD_FIELDS = ['number', 'email', 'total', 'address.city'];

describe.each(['server', 'embedded'] as const)('a row that breaks its rules, on the %s', (kind) => {
  let shop: ShopDatabase;
  let orders: TenantRepository<Order>;
  let sent: string[];
  const as = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
  const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('test', work);
  const refused = async (work: () => Promise<unknown>) => {
    sent.length = 0;
    const error = (await errorOf(work)) as ValidationFailedError;
    expect(error).toBeInstanceOf(ValidationFailedError);
    expect([error.message, JSON.stringify(error.fields)].join('\n')).not.toContain(CANARY);
    return error;
  };
  const fieldsOf = (error: ValidationFailedError) => error.fields.map((one) => one.field);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await ShopDatabase.open(kind, { entities: ORDERS });
    orders = new TenantRepository(Order, shop.source);
  });
  beforeEach(() => {
    sent = [];
    const query = PostgresQueryRunner.prototype.query;
    jest.spyOn(PostgresQueryRunner.prototype, 'query').mockImplementation(function (
      this: PostgresQueryRunner,
      ...given: unknown[]
    ) {
      sent.push(String(given[0]));
      return query.apply(this, given as never) as never;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await asSystem(async () => {
      for (const entity of [Line, Order, Page, Truck, Unit]) {
        await shop.source.createQueryBuilder().delete().from(entity).execute();
      }
    });
  });
  afterAll(() => shop.close());

  it.each<[string, () => Promise<unknown>]>([
    ['save', () => orders.save(bad())],
    ['save of an entity', () => orders.save(orders.create(bad()))],
    ['save by the manager', () => shop.source.manager.save(Order, bad())],
    ['insert', () => orders.insert(bad())],
    ['insertMany', () => orders.insertMany([bad()])],
    ['upsert', () => orders.upsert(bad(), ['number'])],
    ['upsertMany', () => orders.upsertMany([bad()], ['number'])],
    [
      'an insert builder',
      () => shop.source.createQueryBuilder().insert().into(Order).values(bad()).execute(),
    ],
  ])('is told with every bad field at once, and nothing is sent: %s', async (_, write) => {
    const error = await refused(() => as(write));

    expect(fieldsOf(error)).toEqual(BAD_FIELDS);
    expect(error.message).toContain('Order was not written: number (');
    expect(sent).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['update', () => orders.update({ number: '1' }, bad())],
    [
      'an update builder',
      () =>
        orders.createQueryBuilder().update().set(bad()).where('number = :n', { n: '1' }).execute(),
    ],
  ])('is told with every bad field at once, and nothing is sent: %s', async (_, write) => {
    const error = await refused(() => as(write));

    expect(fieldsOf(error)).toEqual(BAD_FIELDS);
    expect(sent).toEqual([]);
  });

  it('is found among many rows, of which none is written', async () => {
    const rows = () => [order('1'), order('2', { total: 5_000 }), order('3'), { total: 1 }];
    const expected = [
      { row: 1, field: 'total', problems: ['total must not be greater than 1000'] },
      { row: 3, field: 'number', problems: ['number is required'] },
      { row: 3, field: 'email', problems: ['email is required'] },
      { row: 3, field: 'address.city', problems: ['city is required'] },
    ];

    const writes: (() => Promise<unknown>)[] = [
      () => orders.insertMany(rows(), { chunk: 2 }),
      () => orders.save(rows()),
      () => orders.insert(rows() as never),
    ];
    for (const write of writes) {
      expect((await refused(() => as(write))).fields).toEqual(expected);
      expect(sent).toEqual([]);
    }
    await expect(as(() => orders.count())).resolves.toBe(0);
  });

  it('is named by its way from the row that was saved', async () => {
    const whole = order('1', { lines: [{ quantity: 1 }, { quantity: 0 }] as Line[] });

    const error = await refused(() => as(() => orders.save(whole)));

    expect(error.fields).toEqual([
      { field: 'lines.1.quantity', problems: ['quantity must not be less than 1'] },
    ]);
    expect(sent).toEqual([]);
  });

  it('is not found in good rows, whose children get their parent by the save', async () => {
    const whole = order('1', { lines: [{ quantity: 1 }, { quantity: 2 }] as Line[] });

    await as(() => orders.save(whole));

    const [line] = await as(() => shop.source.getRepository(Line).findBy({ quantity: 2 }));
    expect(line?.orderId).toBe((whole as Partial<Order>).id);
  });

  it('is told for all changed rows of a save before the first is written, by what changed', async () => {
    const saved = await as(() => orders.insertMany(['1', '2', '3', '4'].map((one) => order(one))));
    await shop.rows(`update orders set total = 999999 where number = '3'`);
    const loaded = await as(() => orders.find({ order: { number: 'ASC' } }));
    loaded.forEach((one, at) => Object.assign(one, at < 2 ? { total: -1 } : { state: 'closed' }));

    const error = await refused(() => as(() => orders.save(loaded)));

    expect(error.fields.map(({ row, field }) => [row, field])).toEqual([
      [0, 'total'],
      [1, 'total'],
    ]);
    expect(sent.filter((one) => /^(?:UPDATE|INSERT)/.test(one))).toEqual([]);
    loaded.slice(0, 2).forEach((one) => Object.assign(one, { total: 2 }));
    await as(() => orders.save(loaded));
    expect(saved).toHaveLength(4);
    const states = await as(() => orders.countBy({ state: 'closed' }));
    expect(states).toBe(2);
  });

  it('may leave out what is filled: ids, defaults, versions, dates, hidden columns of loaded rows', async () => {
    const saved = await as(() => orders.save(order('1')));
    const loaded = await as(() => orders.getById(saved.id));
    await as(() => orders.save(Object.assign(loaded, { state: 'closed' })));
    await as(() => orders.update(saved.id, { state: () => `'open'` }));
    await as(() => orders.increment({ id: saved.id }, 'total', 1));
    await as(() => orders.softDelete(saved.id));
    await as(() => orders.restore(saved.id));

    await expect(as(() => orders.getById(saved.id))).resolves.toMatchObject({ state: 'open' });
  });

  it('is told for null in a column that takes none', async () => {
    const [saved] = await as(() => orders.insertMany([order('1', { lines: [] })]));
    const lines = shop.source.getRepository(Line);
    const id = saved?.id ?? '';
    const line = await as(() => lines.save({ orderId: id, quantity: 1 }));

    const updated = await refused(() => as(() => orders.update(id, { number: null as never })));
    const inserted = await refused(() =>
      as(() => orders.insert(order('2', { state: null as never }))),
    );
    const cleared = await refused(() => as(() => lines.update(line.id, { order: null as never })));
    const missing = await refused(() => as(() => lines.insert({ quantity: 1 })));

    expect(updated.fields).toEqual([{ field: 'number', problems: ['number must not be null'] }]);
    expect(inserted.fields).toEqual([{ field: 'state', problems: ['state must not be null'] }]);
    expect(cleared.fields).toEqual([{ field: 'orderId', problems: ['orderId must not be null'] }]);
    expect(missing.fields).toEqual([{ field: 'orderId', problems: ['orderId is required'] }]);
  });

  it('is looked over after its listeners have filled it', async () => {
    const pages = new TenantRepository(Page, shop.source);

    await as(() => pages.save(pages.create({ title: 'Home' })));
    await as(() => pages.insert(pages.create({ title: 'About' })));
    const error = await refused(() =>
      as(() => pages.save([pages.create({ title: '' }), pages.create({})])),
    );

    expect(error.fields.map(({ row, field }) => [row, field])).toEqual([
      [0, 'title'],
      [0, 'slug'],
      [1, 'title'],
      [1, 'slug'],
    ]);
    expect(sent.filter((one) => one.startsWith('INSERT'))).toEqual([]);
    await expect(as(() => pages.countBy({ slug: 'home' }))).resolves.toBe(1);
  });

  it('follows the rules of its class and of the class above it', async () => {
    const error = await refused(() =>
      as(() => shop.source.getRepository(Truck).save({ plate: 'X' })),
    );

    expect(fieldsOf(error)).toEqual(['plate', 'load']);
  });

  it('is refused to system work too, and among shared rows', async () => {
    const system = await refused(() =>
      asSystem(() => orders.insert({ ...bad(), tenantId: ACME } as never)),
    );
    const shared = await refused(() =>
      asSystem(() => shop.source.getRepository(Unit).save({ code: 'long' })),
    );

    expect(fieldsOf(system)).toEqual(BAD_FIELDS);
    expect(fieldsOf(shared)).toEqual(['code']);
    expect(sent).toEqual([]);
  });
});
