import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TypeORMError } from 'typeorm';
import {
  DatabaseError,
  InvalidContextError,
  TenantContext,
  TenantRepository,
  ValidationFailedError,
} from 'nestjs-rowguard';
import { ACME, Customer, Invoice } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

type Attempt = (customers: TenantRepository<Customer>, shop: ShopSource) => unknown;

const HOSTILE = `'; drop table customers; --`;
const NUL = 'a\0b';
const fake = (value: unknown): never => value as never;

/** Each has to be refused with an error that says what it is about. */
const REFUSED: readonly (readonly [string, Attempt])[] = [
  ['findById of no uuid', (c) => c.findById('42')],
  ['findById of a hostile text', (c) => c.findById(HOSTILE)],
  ['findById with a nul byte', (c) => c.findById(NUL)],
  ['findById of nothing', (c) => c.findById(fake(undefined))],
  ['findById of null', (c) => c.findById(fake(null))],
  ['findById of an object', (c) => c.findById(fake({ id: 1 }))],
  ['getById of an empty text', (c) => c.getById('')],
  ['getById of nothing', (c) => c.getById(fake(undefined))],
  ['find by an unknown column', (c) => c.find({ where: fake({ colour: 'red' }) })],
  ['find ordered by an unknown column', (c) => c.find({ order: fake({ colour: 'ASC' }) })],
  ['find with an unknown relation', (c) => c.find({ relations: fake({ colour: true }) })],
  ['find with a negative number of rows', (c) => c.find({ take: -1 })],
  ['find with a nul byte', (c) => c.findBy({ email: NUL })],
  ['findPage with no limit at all', (c) => c.findPage({ limit: 0 })],
  ['findPage with a negative limit', (c) => c.findPage({ limit: -5 })],
  ['findPage with half a row', (c) => c.findPage({ limit: 1.5 })],
  ['findPage with too many rows', (c) => c.findPage({ limit: 1_000_000 })],
  ['findPage with a limit in words', (c) => c.findPage({ limit: fake('ten') })],
  ['findPage with a wrong cursor', (c) => c.findPage({ after: 'nonsense' })],
  ['findPage with an empty cursor', (c) => c.findPage({ after: '' })],
  ['findPage with a number as cursor', (c) => c.findPage({ after: fake(7) })],
  ['findPage with a hostile order', (c) => c.findPage({ order: fake({ [HOSTILE]: 'ASC' }) })],
  ['findPage in a hostile direction', (c) => c.findPage({ order: fake({ email: HOSTILE }) })],
  ['findAndCountPage of page zero', (c) => c.findAndCountPage({ page: 0 })],
  ['findAndCountPage of no number', (c) => c.findAndCountPage({ page: fake('first') })],
  ['insertMany of nothing', (c) => c.insertMany(fake(undefined))],
  ['insertMany of null', (c) => c.insertMany(fake([null]))],
  ['insertMany in parts of minus one', (c) => c.insertMany([{ email: 'x' }], { chunk: -1 })],
  ['insertMany with a wrong tenant', (c) => c.insertMany([{ tenantId: 'me', email: 'x' }])],
  ['insertMany with a nul byte', (c) => c.insertMany([{ email: NUL }])],
  ['upsertMany without properties', (c) => c.upsertMany([{ email: 'x' }], [])],
  ['upsertMany by an unknown property', (c) => c.upsertMany([{ email: 'x' }], fake(['colour']))],
  ['upsertMany of nothing', (c) => c.upsertMany(fake(null), ['id'])],
  ['save of nothing', (c) => c.save(fake(undefined) as Customer)],
  ['save of null', (c) => c.save(fake(null) as Customer)],
  ['save of a list with null', (c) => c.save(fake([null]) as Customer[])],
  ['save of a text', (c) => c.save(fake('customer') as Customer)],
  ['save with a wrong id', (c) => c.save({ id: 'x', email: 'x' })],
  ['save without what is mandatory', (c) => c.save({ note: 'x' })],
  ['insert of a wrong uuid', (c) => c.insert({ id: '7', email: 'x' })],
  ['update with an unknown column', (c) => c.update({ version: 1 }, fake({ colour: 'red' }))],
  ['update of everything by an empty condition', (c) => c.update({}, { note: 'x' })],
  ['update by nothing', (c) => c.update(fake(undefined), { note: 'x' })],
  [
    'update to null where a value is mandatory',
    (c) => c.update({ version: 1 }, fake({ email: null })),
  ],
  ['delete by nothing', (c) => c.delete(fake(undefined))],
  ['delete by an empty condition', (c) => c.delete({})],
  ['delete by an empty list', (c) => c.delete([])],
  ['hardDelete by nothing', (c) => c.hardDelete(fake(null))],
  ['softDelete by an empty text', (c) => c.softDelete('')],
  ['restore by no uuid', (c) => c.restore('nobody')],
  ['remove of null', (c) => c.remove(fake(null) as Customer)],
  ['softRemove of nothing', (c) => c.softRemove(fake(undefined) as Customer)],
  ['recover of a text', (c) => c.recover(fake('x') as Customer)],
  ['preload of nothing', (c) => c.preload(fake(undefined))],
  [
    'increment by a word',
    (c, shop) => shop.source.getRepository(Invoice).increment({}, 'total', 'x'),
  ],
  ['increment of an unknown column', (c) => c.increment({ version: 1 }, 'colour', 1)],
  ['query without a text', (_, shop) => shop.source.query(fake(undefined))],
  ['query of an empty statement with parameters', (_, shop) => shop.source.query('select $1', [])],
  ['query that cannot be read', (_, shop) => shop.source.query('selekt 1')],
  ['query of an unknown table', (_, shop) => shop.source.query('select * from nowhere')],
  [
    'query with 65,536 parameters',
    (_, shop) =>
      shop.source.query(
        'select 1',
        Array.from({ length: 65_536 }, () => 1),
      ),
  ],
];

describe('bad input', () => {
  let shop: ShopSource;
  let customers: TenantRepository<Customer>;
  const everything = () =>
    shop.database.asOwner(async (client) => (await client.query('select * from customers')).rows);

  beforeAll(async () => {
    shop = await openShop({ pool: { max: 2 } });
    customers = new TenantRepository(Customer, shop.source);
    await as(ACME, () =>
      customers.insertMany([{ email: 'a@example.com' }, { email: 'b@example.com' }]),
    );
  });

  afterAll(() => shop.close());

  it.each(REFUSED)('is refused, and nothing is lost: %s', async (_, attempt) => {
    const before = await everything();
    const error = await as(ACME, async () => attempt(customers, shop)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const isTyped = error instanceof DatabaseError || error instanceof TypeORMError;

    expect(isTyped ? '' : String(error && ((error as Error).stack ?? error))).toBe('');
    if (error instanceof DatabaseError) expect(error.mend).not.toBe('');
    else expect(error).toBeInstanceOf(TypeORMError);
    expect(await everything()).toEqual(before);
    expect(await as(ACME, () => customers.count())).toBe(2);
  });

  it.each([[''], ['acme'], [HOSTILE], [NUL], [undefined], [null], [42], [{}]])(
    'is refused as a tenant: %p',
    (tenantId) => {
      expect(() => TenantContext.run({ tenantId: fake(tenantId) }, () => 1)).toThrow(
        InvalidContextError,
      );
    },
  );

  it('tells which column was left out', async () => {
    const error = await as(ACME, () => customers.save({ note: 'x' })).catch((one: unknown) => one);

    expect(error).toBeInstanceOf(ValidationFailedError);
    expect((error as ValidationFailedError).fields).toEqual([
      { field: 'email', problems: ['email is required'] },
    ]);
  });

  it('is stored as it is where it is only text', async () => {
    const saved = await as(ACME, () => customers.save({ email: HOSTILE }));

    expect((await as(ACME, () => customers.getById(saved.id))).email).toBe(HOSTILE);
    await as(ACME, () => customers.hardDelete(saved.id));
  });
});
