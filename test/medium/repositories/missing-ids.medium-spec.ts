import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { In } from 'typeorm';
import {
  Conversation,
  ConversationRepository,
  Membership,
  TenantContext,
  TenantRepository,
} from 'nestjs-rowguard';
import { uuidV7 } from '../../../src/entities/uuid-v7.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, GUSTAV, type ShippedSource, openShipped } from '../../support/shipped-source.js';

const NO_IDS = [undefined, null, '', 7, Number.NaN, {}, [], ['a'], { id: undefined }, 'no uuid'];

const NO_CONDITIONS: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'an empty object': {},
  'an empty list': [],
  'a list of an empty object': [{}],
  'a list of nothing': [undefined],
  'a number': 7,
  'a boolean': true,
  SQL: 'title is not null',
  'an operator alone': In([]),
  'an id that is undefined': { id: undefined },
  'an id that is null': { id: null },
  'an empty relation': { creator: {} },
  'a relation to a list of none': { creator: [] },
  'a relation to an entity without values': { creator: new Membership() },
  'a relation without its id': { creator: { id: undefined } },
  'a value and an empty object': { title: 'kept', metadata: {} },
  'a property that is not there': { unknown: 'kept' },
  'an id, or an empty object': [{ id: uuidV7() }, {}],
  'an id, or an id that is null': [{ id: uuidV7() }, { id: null }],
};

type Verb = (given: never) => Promise<unknown>;

describe('rows that were not asked for', () => {
  let shipped: ShippedSource;
  let conversations: ConversationRepository;
  let plain: TenantRepository<Conversation>;
  const as = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

  beforeAll(async () => {
    shipped = await openShipped(['conversations']);
    conversations = new ConversationRepository(shipped.source);
    plain = new TenantRepository(Conversation, shipped.source);
    await TenantContext.run({ tenantId: GLOBEX }, () =>
      conversations.create({ title: 'kept', creatorId: GUSTAV }),
    );
  });
  afterAll(() => shipped.close());

  beforeEach(async () => {
    await as(() => plain.deleteAll());
    await as(() => conversations.create({ title: 'kept', creatorId: ANNA }));
    await as(() => conversations.create({ title: 'kept', creatorId: ANNA }));
  });

  const refusesAndTouchesNothing = async (call: () => Promise<unknown>) => {
    const rows = () =>
      TenantContext.runAsSystem('looking at all rows', () =>
        plain.find({ order: { id: 'ASC' }, withDeleted: true }),
      );
    const before = await rows();

    await expect(as(call)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });

    await expect(rows()).resolves.toEqual(before);
  };

  const BY_ID: readonly [string, Verb][] = [
    ['findById', (id) => conversations.findById(id)],
    ['getById', (id) => conversations.getById(id)],
    ['update', (id) => conversations.update(id, { title: 'changed' })],
    ['delete', (id) => conversations.delete(id)],
    ['restore', (id) => conversations.restore(id)],
    ['hardDelete', (id) => conversations.hardDelete(id)],
  ];

  it.each(BY_ID.flatMap(([verb, call]) => NO_IDS.map((id) => [verb, id, call] as const)))(
    'are safe from %s(%p), which is no id',
    (_verb, id, call) => refusesAndTouchesNothing(() => call(id as never)),
  );

  it('are read as before by a transaction in which an id was none', async () => {
    const count = await as(() =>
      conversations.transaction(async () => {
        for (const [, call] of BY_ID) await call('no uuid' as never).catch(() => undefined);
        return conversations.count();
      }),
    );

    expect(count).toBe(2);
  });

  const BY_CONDITION: readonly [string, Verb][] = [
    ['updateReturning', (where) => conversations.updateReturning(where, { title: 'changed' })],
    ['hardDelete', (where) => conversations.hardDelete(where)],
    ['update', (where) => plain.update(where, { title: 'changed' })],
    ['delete', (where) => plain.delete(where)],
    ['softDelete', (where) => plain.softDelete(where)],
    ['restore', (where) => plain.restore(where)],
    ['increment', (where) => plain.increment(where, 'lastSequence', 1)],
    ['decrement', (where) => plain.decrement(where, 'lastSequence', 1)],
  ];

  it.each(
    BY_CONDITION.flatMap(([verb, call]) =>
      Object.entries(NO_CONDITIONS).map(([name, where]) => [verb, name, where, call] as const),
    ),
  )('are safe from %s of %s', (_verb, _name, where, call) =>
    refusesAndTouchesNothing(() => call(where as never)),
  );

  it('are not read by a condition that was left out', async () => {
    for (const where of [undefined, null, 7, 'a', [undefined]] as never[]) {
      const reads: readonly (() => Promise<unknown>)[] = [
        () => plain.findBy(where),
        () => plain.findOneBy(where),
        () => plain.findOneByOrFail(where),
        () => plain.findAndCountBy(where),
        () => plain.countBy(where),
        () => plain.existsBy(where),
      ];
      for (const read of reads) {
        await expect(as<unknown>(read)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
      }
    }
  });

  it('are not read by a condition with a hole in it', async () => {
    for (const where of [{ id: undefined }, { title: null }, { creator: { id: null } }, 7, 'a']) {
      const options = { where: where as never };
      const reads: readonly (() => Promise<unknown>)[] = [
        () => plain.find(options),
        () => plain.findOne(options),
        () => plain.findOneOrFail(options),
        () => plain.findAndCount(options),
        () => plain.count(options),
        () => plain.exists(options),
        () => plain.findPage(options),
        () => plain.findAndCountPage(options),
        () => plain.find({ ...options, deleted: 'only' }),
      ];
      for (const read of reads) {
        await expect(as<unknown>(read)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
      }
    }
  });
});
