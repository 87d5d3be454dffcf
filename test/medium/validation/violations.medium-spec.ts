import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import {
  CheckViolationError,
  ConstraintViolatedError,
  ExclusionViolationError,
  NotNullViolationError,
  ReferenceMissingError,
  RowReferencedError,
  TenantContext,
  UniqueViolationError,
  getConstraintName,
  getErrorDetail,
  isCheckViolation,
  isForeignKeyViolation,
  isNotNullViolation,
  isUniqueViolation,
  uuidV7,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ShopDatabase, errorOf } from '../../support/shop-database.js';
import { BOOKINGS, Booking, Coupon, Room } from './bookings.js';

const CANARY = 'canary-2718';

describe.each(['server', 'embedded'] as const)('a violated constraint, on the %s', (kind) => {
  let shop: ShopDatabase;
  let position = 0;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const rooms = () => shop.source.getRepository(Room);
  const bookings = () => shop.source.getRepository(Booking);
  const violated = async (work: () => Promise<unknown>, tenantId = ACME) => {
    const error = (await errorOf(() => as(tenantId, work))) as unknown as ConstraintViolatedError;
    expect(error).toBeInstanceOf(ConstraintViolatedError);
    expect(error.cause).toBeInstanceOf(QueryFailedError);
    const { message, mend, given, constraint, table, properties, meaning } = error;
    const told = JSON.stringify({ message, mend, given, constraint, table, properties, meaning });
    expect(told).not.toMatch(new RegExp(`${CANARY}|${ACME}|${GLOBEX}|0190`));
    return error;
  };
  const room = (tenantId = ACME, name = `${CANARY} ${uuidV7()}`) =>
    as(tenantId, () => rooms().save({ name }));
  const booking = (roomId: string, more: Partial<Booking> = {}) => {
    position += 10;
    return { roomId, position, starts: position, ends: position + 5, ...more };
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await ShopDatabase.open(kind, { entities: BOOKINGS });
  });
  beforeEach(() => shop.rows('delete from bookings'));
  afterAll(() => shop.close());

  it('says which properties another living row of the tenant has', async () => {
    const { name } = await room();

    const error = await violated(() => rooms().insert({ name }));

    expect(error).toBeInstanceOf(UniqueViolationError);
    expect(error).toMatchObject({
      code: 'ROWGUARD_UNIQUE_VIOLATION',
      table: 'rooms',
      constraint: 'ix_rooms_tenant_id_name_active',
      properties: ['name'],
      meaning: 'another living Room of the tenant has this name',
    });
    expect(isUniqueViolation(error)).toBe(true);
    expect(getConstraintName(error)).toBe('ix_rooms_tenant_id_name_active');
    expect(typeof (getErrorDetail(error) ?? '')).toBe('string');
  });

  it('says of an id of the own choice that it is there', async () => {
    const { id } = await room();

    const error = await violated(() => rooms().insert({ id, name: CANARY }));

    expect(error.meaning).toBe('another Room of the tenant has this id');
    await as(GLOBEX, () => rooms().insert({ id, name: CANARY }));
  });

  it('says of shared rows that the value is taken, and no more', async () => {
    const coupons = shop.source.getRepository(Coupon);
    const code = `${CANARY} ${uuidV7()}`;
    await as(ACME, () => coupons.insert({ code }));

    const error = await violated(() => coupons.insert({ code }), GLOBEX);

    expect(error).toBeInstanceOf(UniqueViolationError);
    expect(error.meaning).toBe('code of a Coupon is taken');
  });

  it('tells a reference to a row of another tenant from one to no row in no way', async () => {
    const theirs = await room(GLOBEX);

    const foreign = await violated(() => bookings().insert(booking(theirs.id)));
    const missing = await violated(() => bookings().insert(booking(uuidV7())));

    expect(foreign).toBeInstanceOf(ReferenceMissingError);
    expect(foreign).toMatchObject({
      properties: ['roomId'],
      meaning: 'a Booking refers by roomId to a Room that is not there',
    });
    expect(foreign.message).toBe(missing.message);
    expect(foreign.given).toEqual(missing.given);
    expect(isForeignKeyViolation(foreign)).toBe(true);
  });

  it('says what still refers to a row that is to go', async () => {
    const { id } = await room();
    await as(ACME, () => bookings().insert(booking(id)));

    const error = await violated(() => rooms().delete({ id }));

    expect(error).toBeInstanceOf(RowReferencedError);
    expect(error.meaning).toBe('a Booking still refers to the Room');
    expect(isForeignKeyViolation(error)).toBe(true);
  });

  it('says the sentence of a rule, in raw SQL as well', async () => {
    const { id } = await room();
    await as(ACME, () => bookings().insert(booking(id)));

    const built = await violated(() => bookings().update({ roomId: id }, { ends: -1 }));
    const raw = await violated(() => shop.source.query('update bookings set ends = -1'));

    for (const error of [built, raw]) {
      expect(error).toBeInstanceOf(CheckViolationError);
      expect(error.meaning).toBe('a booking ends after it starts');
      expect(error.properties.toSorted()).toEqual(['ends', 'starts']);
      expect(isCheckViolation(error)).toBe(true);
    }
  });

  it('names the property that was null', async () => {
    const { id } = await room();
    await as(ACME, () => bookings().insert(booking(id)));

    const error = await violated(() => shop.source.query('update bookings set note = null'));

    expect(error).toBeInstanceOf(NotNullViolationError);
    expect(error).toMatchObject({
      table: 'bookings',
      properties: ['note'],
      meaning: 'note of a Booking is required',
    });
    expect(isNotNullViolation(error)).toBe(true);
  });

  it('names the rule by which another row excludes this one', async () => {
    const { id } = await room();
    await as(ACME, () => bookings().insert(booking(id, { starts: 1, ends: 9 })));

    const error = await violated(() => bookings().insert(booking(id, { starts: 5, ends: 6 })));

    expect(error).toBeInstanceOf(ExclusionViolationError);
    expect(error.properties.toSorted()).toEqual(['ends', 'starts']);
  });

  it('is found at the COMMIT where the constraint is deferred', async () => {
    const { id } = await room();
    let reached = false;

    const error = await violated(() =>
      shop.source.transaction(async (manager) => {
        await manager.insert(Booking, booking(id, { position: 1 }));
        await manager.insert(Booking, booking(id, { position: 1 }));
        reached = true;
      }),
    );

    expect(reached).toBe(true);
    expect(error).toBeInstanceOf(UniqueViolationError);
    expect(error.meaning).toBe('another Booking of the tenant has this position');
  });
});
