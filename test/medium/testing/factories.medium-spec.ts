import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IsEmail, IsIn, Length, Max, Min } from 'class-validator';
import {
  InvalidInputError,
  TenantContextMissingError,
  TenantEntity,
  TenantManyToOne,
  TestFailureError,
  UniqueActive,
} from 'nestjs-rowguard';
import { TestDatabase, factory } from 'nestjs-rowguard/testing';
import { Check, Column, Entity } from 'typeorm';
import { Country } from '../../support/shop.js';

@Entity('houses')
class House extends TenantEntity {
  @Column('text')
  street!: string;
}

@Entity('tenancies')
@Check("\"state\" IN ('let', 'free')")
class Tenancy extends TenantEntity {
  @UniqueActive()
  @IsEmail()
  @Column('varchar', { length: 40 })
  email!: string;

  @Length(3, 3)
  @Column('text')
  currency!: string;

  @Min(18)
  @Max(20)
  @Column('int')
  age!: number;

  @IsIn(['sun', 'shade'])
  @Column('text')
  side!: string;

  @Column('text')
  state!: string;

  @Column({ type: 'enum', enum: ['high', 'low'] })
  floor!: string;

  @Column('jsonb')
  notes!: object;

  @Column('numeric', { precision: 10, scale: 2 })
  rent!: string;

  @Column('timestamptz')
  since!: Date;

  @Column('text', { nullable: true })
  remark!: string | null;

  @TenantManyToOne(() => House, { nullable: false })
  house!: House;

  houseId!: string;
}

@Entity('riddles')
@Check('length("word") = 3 AND "word" LIKE \'z%\'')
class Riddle extends TenantEntity {
  @Column('text')
  word!: string;
}

describe('a factory', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const url = process.env['ROWGUARD_TEST_URL'] ?? '';
    const entities = [House, Tenancy, Riddle, Country];
    db = await TestDatabase.start({ url, entities, isolation: 'rollback' });
  });

  afterAll(() => db.stop());

  it('saves rows that keep every rule, with what they refer to', async () => {
    await db.isolate(() =>
      db.asTenant(async (tenantId) => {
        const tenancies = await factory(db, Tenancy).createMany(5);

        expect(new Set(tenancies.map((one) => one.email)).size).toBe(5);
        expect(tenancies.every((one) => one.tenantId === tenantId && one.houseId)).toBe(true);
        await expect(db.repository(House).count()).resolves.toBe(1);
        await expect(db.repository(Tenancy).count()).resolves.toBe(5);
      }),
    );
  });

  it('keeps to what it is told', async () => {
    await db.isolate(() =>
      db.asTenant(async () => {
        const house = await factory(db, House).create({ street: 'Main Street' });
        const makes = factory(db, Tenancy, { overrides: { house, state: 'free' } });
        const [first, second] = await makes.createMany(2, (at) => ({ age: 19 + at }));

        expect(first).toMatchObject({ houseId: house.id, state: 'free', age: 19 });
        expect(second).toMatchObject({ age: 20, remark: null });
        await expect(db.repository(House).count()).resolves.toBe(1);
      }),
    );
  });

  it('builds without saving, and makes the same of the same seed', async () => {
    const built = (seed: number) =>
      db.isolate(() =>
        db.asTenant(async () => {
          const { email, currency, age } = await factory(db, Tenancy, { seed }).build();
          await expect(db.repository(Tenancy).count()).resolves.toBe(0);
          return { email, currency, age };
        }),
      );

    await expect(built(7)).resolves.toEqual(await built(7));
    expect((await built(8)).email).not.toBe((await built(7)).email);
  });

  it('joins the transaction of its caller, and survives its own attempts in it', async () => {
    await db.isolate(() =>
      db.asTenant(async () => {
        await db.source
          .transaction(async () => {
            await factory(db, Tenancy).create();
            await factory(db, Tenancy).create();
            throw new Error('undone');
          })
          .catch(() => undefined);

        await expect(db.repository(Tenancy).count()).resolves.toBe(0);
      }),
    );
  });

  it('makes rows of shared tables as the system', async () => {
    const country = await db.isolate(() => db.asSystem(() => factory(db, Country).create()));

    expect(country.code).toEqual(expect.any(String));
  });

  it('says what it cannot find out', async () => {
    const work = db.isolate(() => db.asTenant(() => factory(db, Riddle).create()));

    await expect(work).rejects.toThrow(TestFailureError);
    await expect(work).rejects.toThrow('No row of riddles could be made');
  }, 60_000);

  it('takes no property that the entity does not have, and no odd numbers', async () => {
    const makes = factory(db, House);

    await db.asTenant(async () => {
      await expect(makes.create({ roof: 'red' } as never)).rejects.toThrow(InvalidInputError);
      await expect(makes.create('red' as never)).rejects.toThrow(InvalidInputError);
      await expect(makes.createMany(-1)).rejects.toThrow(InvalidInputError);
      await expect(makes.createMany(1.5)).rejects.toThrow(InvalidInputError);
    });
    expect(() => factory(db, House, { seed: -1 })).toThrow(InvalidInputError);
    await expect(makes.create()).rejects.toThrow(TenantContextMissingError);
  });
});
