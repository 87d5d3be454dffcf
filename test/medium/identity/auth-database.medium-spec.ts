import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DBAdapter, Where } from 'better-auth/adapters';
import { TenantContext, VerificationToken } from 'nestjs-rowguard';
import { authDatabase, authTables } from 'nestjs-rowguard/better-auth';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const SERVERS = [
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;
const SECRET = 'a secret of the tests, long enough to be one';

interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

describe.each(SERVERS)('the database that better-auth is given, on %s', (_, open) => {
  let shipped: ShippedSource;
  let database: DBAdapter;

  const newToken = (identifier: string) =>
    database.create({
      model: 'verification',
      data: { identifier, value: 'x', expiresAt: new Date(Date.now() + 60_000) },
    });
  const emailsOf = async (...where: Where[]) => {
    const sortBy = { field: 'email', direction: 'asc' } as const;
    const found = await database.findMany<Person>({ model: 'user', where, sortBy });
    return found.map((person) => person.email.split('@')[0]);
  };

  beforeAll(async () => {
    shipped = await open(['identity']);
    database = authDatabase(shipped.source)({ ...authTables, secret: SECRET });
  });
  afterAll(() => shipped.close());

  it.each<[string, Where[], string[]]>([
    ['equality', [{ field: 'name', value: 'Anna' }], ['anna']],
    ['equality in any case', [{ field: 'name', value: 'ANNA', mode: 'insensitive' }], ['anna']],
    ['difference', [{ field: 'name', operator: 'ne', value: 'Anna' }], ['gustav']],
    ['null', [{ field: 'image', value: null }], ['anna', 'gustav']],
    ['no null', [{ field: 'image', operator: 'ne', value: null }], []],
    ['a list', [{ field: 'name', operator: 'in', value: ['Anna', 'X'] }], ['anna']],
    ['no list', [{ field: 'name', operator: 'not_in', value: ['Anna'] }], ['gustav']],
    ['a part', [{ field: 'email', operator: 'contains', value: '@globex' }], ['gustav']],
    ['a beginning', [{ field: 'email', operator: 'starts_with', value: 'ann' }], ['anna']],
    ['an end', [{ field: 'email', operator: 'ends_with', value: '.example' }], ['anna', 'gustav']],
    ['a wildcard, taken as a letter', [{ field: 'email', operator: 'contains', value: '%' }], []],
    [
      'a range',
      [
        { field: 'name', operator: 'gte', value: 'A' },
        { field: 'name', operator: 'lt', value: 'B' },
      ],
      ['anna'],
    ],
    [
      'one or the other',
      [
        { field: 'name', value: 'Anna', connector: 'OR' },
        { field: 'name', value: 'Gustav', connector: 'OR' },
      ],
      ['anna', 'gustav'],
    ],
    [
      'one or the other, and a third',
      [
        { field: 'id', value: ANNA },
        { field: 'name', value: 'Anna', connector: 'OR' },
        { field: 'name', value: 'Gustav', connector: 'OR' },
      ],
      ['anna'],
    ],
    ['an id that is none', [{ field: 'id', value: "' OR true --" }], []],
    ['no id that is none', [{ field: 'id', operator: 'ne', value: 'x' }], ['anna', 'gustav']],
  ])('finds people by %s', async (_case, where, emails) => {
    await expect(emailsOf(...where)).resolves.toEqual(emails);
  });

  it('counts, skips and limits', async () => {
    const page = { model: 'user', limit: 1, offset: 1 } as const;

    const [second] = await database.findMany<Person>({
      ...page,
      sortBy: { field: 'email', direction: 'desc' },
    });

    expect(second?.id).toBe(ANNA);
    await expect(database.count({ model: 'user' })).resolves.toBe(2);
  });

  it('changes rows, and answers with the row as it is then', async () => {
    const where = [{ field: 'id', value: GUSTAV }];

    const changed = await database.update<Person>({
      model: 'user',
      where,
      update: { image: 'https://img.example/g.png' },
    });
    const back = await database.updateMany({ model: 'user', where, update: { image: null } });

    expect(changed).toMatchObject({ id: GUSTAV, image: 'https://img.example/g.png' });
    expect(back).toBe(1);
    await expect(
      database.update({ model: 'user', where: [{ field: 'id', value: 'x' }], update: {} }),
    ).resolves.toBeNull();
  });

  it('lets one of many use a token up, and deletes no other', async () => {
    await newToken('once');
    await newToken('other');
    const where = [{ field: 'identifier', value: 'once' }];

    const consumed = await Promise.all(
      Array.from({ length: 8 }, () => database.consumeOne({ model: 'verification', where })),
    );

    expect(consumed.filter((one) => one !== null)).toHaveLength(1);
    await expect(database.count({ model: 'verification' })).resolves.toBe(1);
  });

  it('keeps nothing of a transaction that failed', async () => {
    const failed = database.transaction(async (inside) => {
      await inside.create({
        model: 'verification',
        data: { identifier: 'undone', value: 'x', expiresAt: new Date() },
      });
      throw new Error('undone');
    });

    await expect(failed).rejects.toThrow('undone');
    const rows = shipped.source.getRepository(VerificationToken);
    await expect(
      TenantContext.runAsSystem('test', () => rows.countBy({ identifier: 'undone' })),
    ).resolves.toBe(0);
  });

  it('tells no values when a statement fails', async () => {
    const account = { accountId: '1', providerId: 'twice', userId: ANNA, password: 'a hash' };
    const create = () => database.create({ model: 'account', data: account });
    await create();

    const error: unknown = await create().catch((one: unknown) => one);

    const told = JSON.stringify([error, (error as { driverError?: object }).driverError]);
    expect(error).toBeInstanceOf(Error);
    expect(told).not.toMatch(/a hash|twice/);
  });

  it('refuses a property that the table does not have', async () => {
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };
    const options = {
      ...authTables,
      user: { ...authTables.user, additionalFields: { rank: { type: 'string' as const } } },
    };
    const other = authDatabase(shipped.source)({ ...options, secret: SECRET });
    const where = [{ field: 'rank', value: 'king' }];

    await expect(other.findOne({ model: 'user', where })).rejects.toMatchObject(refused);
    await expect(
      other.create({ model: 'user', data: { name: 'X', email: 'x@x.example', rank: 'king' } }),
    ).rejects.toMatchObject(refused);
  });
});
