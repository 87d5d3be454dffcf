import { describe, expect, it } from '@jest/globals';
import {
  EntityRefusedError,
  SoftDelete,
  TenantEntity,
  TenantManyToOne,
  TenantRecord,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';

@Entity('rooms')
class Room extends TenantEntity {
  @Column('text')
  name!: string;
}

@Entity('visits')
class Visit extends TenantRecord {
  @TenantManyToOne(() => Room, { nullable: false, onDelete: 'CASCADE' })
  room!: Room;
}

/** The error with which the entities are refused; undefined if they are not. */
async function refusalOf(...entities: Function[]): Promise<unknown> {
  const source = createDataSource({ embedded: 'memory', entities });
  return source.describe().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('@SoftDelete', () => {
  it.each<[string, () => Function]>([
    [
      'a property that refers to no row',
      () => {
        @Entity('lamps')
        class Lamp extends TenantEntity {
          @SoftDelete('ignore')
          @Column('text')
          room!: string;
        }
        return Lamp;
      },
    ],
    [
      'setNull on a reference that cannot be null',
      () => {
        @Entity('lamps')
        class Lamp extends TenantEntity {
          @SoftDelete('setNull')
          @TenantManyToOne(() => Room, { nullable: false })
          room!: Room;
        }
        return Lamp;
      },
    ],
    [
      'cascade to rows that are never deleted softly',
      () => {
        @Entity('lamps')
        class Lamp extends TenantRecord {
          @SoftDelete('cascade')
          @TenantManyToOne(() => Room)
          room!: Room | null;
        }
        return Lamp;
      },
    ],
    [
      'cascade to rows that may not be deleted',
      () => {
        @Entity('lamps')
        @SoftDelete({ policy: 'forbid' })
        class Lamp extends TenantEntity {
          @SoftDelete('cascade')
          @TenantManyToOne(() => Room)
          room!: Room | null;
        }
        return Lamp;
      },
    ],
    [
      'keep on rows that are never deleted softly',
      () => {
        @Entity('lamps')
        @SoftDelete({ keep: { days: 3 } })
        class Lamp extends TenantRecord {}
        return Lamp;
      },
    ],
  ])('is refused at start where it cannot be carried out: %s', async (_what, make) => {
    const error = await refusalOf(Room, make());

    expect(error).toBeInstanceOf(EntityRefusedError);
    expect(String(error)).toMatch(/@SoftDelete on Lamp \(table lamps\)/);
  });

  it('takes a record that a foreign key would take along for one that stays', async () => {
    await expect(refusalOf(Room, Visit)).resolves.toBeUndefined();
  });

  it.each([
    { policy: 'gone' },
    { keep: {} },
    { keep: { days: -1 } },
    { keep: { days: 1.5 } },
    { keep: 30 },
    { keep: null },
    { kept: 1 },
    'cascade',
    null,
    undefined,
    [],
  ])('refuses %j on a class', (given) => {
    expect(() => (SoftDelete as (one: unknown) => ClassDecorator)(given)(Room)).toThrow(
      EntityRefusedError,
    );
  });

  it.each(['Cascade', '', 'set null', null, undefined, { policy: 'soft' }])(
    'refuses %j on a property',
    (given) => {
      const decorate = (SoftDelete as (one: unknown) => PropertyDecorator)(given);

      expect(() => decorate(Room.prototype, 'name')).toThrow(EntityRefusedError);
    },
  );
});
