import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  OwnerDeletedError,
  SharedEntity,
  SoftDelete,
  StatementRefusedError,
  TenantContext,
  TenantEntity,
  TenantRepository,
  Tenantless,
} from 'nestjs-rowguard';
import { Column, Entity, JoinColumn, ManyToOne } from 'typeorm';
import { caught } from '../../support/caught.js';
import { asEditor } from '../../support/soft-delete/blog.js';
import { type OpenSource, openWith } from '../../support/soft-delete/forest.js';

@Entity('plans')
@Tenantless('the plans are the same for everybody')
class Plan extends SharedEntity {
  @Column('text')
  name!: string;
}

@Entity('tags')
@Tenantless('the tags are the same for everybody', { tenants: 'write' })
class Tag extends SharedEntity {
  @Column('text')
  name!: string;
}

@Entity('tagged')
class Tagged extends TenantEntity {
  @SoftDelete('restrict')
  @ManyToOne(() => Tag, { nullable: false })
  @JoinColumn({ name: 'tag_id' })
  tag!: Tag;

  @Column({ name: 'tag_id', type: 'uuid' })
  tagId!: string;
}

@Entity('bookings')
class Booking extends TenantEntity {
  @SoftDelete('cascade')
  @ManyToOne(() => Plan, { nullable: false })
  @JoinColumn({ name: 'plan_id' })
  plan!: Plan;

  @Column({ name: 'plan_id', type: 'uuid' })
  planId!: string;
}

describe('a row of a tenant below an owner that all tenants share', () => {
  let opened: OpenSource;
  beforeAll(async () => {
    opened = await openWith([Plan, Booking, Tag, Tagged]);
  });
  afterAll(() => opened.close());
  const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('a test', work);
  const plans = () => opened.source.getRepository(Plan);

  it('stays deleted with it, and the tenant cannot bring the owner back', async () => {
    const { id } = await asSystem(() => plans().save({ name: 'basic' }));
    const bookings = new TenantRepository(Booking, opened.source);
    const booking = await asEditor(() => bookings.save({ planId: id }));
    await asEditor(() => bookings.softDelete(booking.id));
    await asSystem(() => plans().softDelete(id));

    const errors = [
      await caught(asEditor(() => bookings.restore(booking.id))),
      await caught(asEditor(() => bookings.restore(booking.id, { withParents: true }))),
    ];

    for (const error of errors) expect(error).toBeInstanceOf(OwnerDeletedError);
    expect(await asSystem(() => plans().countBy({ id }))).toBe(0);
    expect(await asEditor(() => bookings.countBy({ id: booking.id }))).toBe(0);
  });

  it('keeps its owner from every tenant that may write it, and from its own', async () => {
    const tags = opened.source.getRepository(Tag);
    const { id } = await asSystem(() => tags.save({ name: 'new' }));
    await asEditor(() => opened.source.getRepository(Tagged).save({ tagId: id }));
    const other = { tenantId: '0190d000-0000-7000-8000-00000000000d', actorId: 'somebody' };

    const errors = [
      await caught(TenantContext.run(other, () => tags.softDelete(id))),
      await caught(asEditor(() => tags.softDelete(id))),
    ];

    for (const error of errors) expect(error).toBeInstanceOf(StatementRefusedError);
    expect(await asSystem(() => tags.countBy({ id }))).toBe(1);
  });

  it('goes along when system work deletes the owner, and comes back with it', async () => {
    const { id } = await asSystem(() => plans().save({ name: 'basic' }));
    const bookings = new TenantRepository(Booking, opened.source);
    const booking = await asEditor(() => bookings.save({ planId: id }));
    const living = () => asEditor(() => bookings.countBy({ id: booking.id }));

    await asSystem(() => plans().softDelete(id));
    const whileDeleted = await living();
    await asSystem(() => plans().restore(id));

    expect([whileDeleted, await living()]).toEqual([0, 1]);
  });
});
