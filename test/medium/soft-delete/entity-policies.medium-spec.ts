import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  SoftDelete,
  StatementRefusedError,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  TenantRepository,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { newGate } from '../../support/gate.js';
import { ACME } from '../../support/shop.js';
import { waitsForALock } from '../../support/waiting-sessions.js';
import { asEditor } from '../../support/soft-delete/blog.js';
import { type OpenSource, openWith } from '../../support/soft-delete/forest.js';

@Entity('drafts')
@SoftDelete({ policy: 'hard' })
class Draft extends TenantEntity {
  @Column('text')
  text!: string;
}

@Entity('labels')
@SoftDelete({ policy: 'hard-if-unreferenced' })
class Label extends TenantEntity {
  @Column('text')
  text!: string;
}

/** Would go for good with its label, by the foreign key. */
@Entity('stickers')
class Sticker extends TenantEntity {
  @TenantManyToOne(() => Label, { onDelete: 'CASCADE' })
  label!: Label | null;

  labelId!: string | null;
}

@Entity('contracts')
@SoftDelete({ policy: 'forbid' })
class Contract extends TenantEntity {
  @Column('text')
  text!: string;
}

describe('what deleting means for an entity', () => {
  let opened: OpenSource;
  beforeAll(async () => {
    opened = await openWith([Draft, Label, Sticker, Contract]);
  });
  afterAll(() => opened.close());
  const repository = <Row extends TenantEntity>(entity: new () => Row) =>
    new TenantRepository<Row>(entity, opened.source);
  const left = (entity: new () => TenantEntity, id: string) =>
    asEditor(() => repository(entity).count({ where: { id } as never, deleted: 'with' }));

  it('hard: delete and remove are for good, and reach living rows only', async () => {
    const drafts = repository(Draft);
    const [one, two, gone] = await asEditor(() =>
      drafts.save([{ text: '1' }, { text: '2' }, { text: '3' }]),
    );
    const removedId = String(two?.id);
    await asEditor(() => drafts.softDelete(String(gone?.id)));

    await asEditor(() => drafts.delete([String(one?.id), String(gone?.id)]));
    await asEditor(() => drafts.remove(two as Draft));

    expect(await left(Draft, String(one?.id))).toBe(0);
    expect(await left(Draft, removedId)).toBe(0);
    expect(await left(Draft, String(gone?.id))).toBe(1);
    await asEditor(() => drafts.hardDelete(String(gone?.id)));
    expect(await left(Draft, String(gone?.id))).toBe(0);
  });

  it('hard-if-unreferenced: for good where nothing refers to the row, or else softly', async () => {
    const labels = repository(Label);
    const [free, used] = await asEditor(() => labels.save([{ text: 'free' }, { text: 'used' }]));
    const sticker = await asEditor(() => repository(Sticker).save({ labelId: String(used?.id) }));

    const answers = [
      await asEditor(() => labels.delete(String(free?.id))),
      await asEditor(() => labels.delete(String(used?.id))),
    ];

    expect(answers.map((one) => [one.affected, one.counts])).toEqual([
      [1, undefined],
      [1, { Label: 1, Sticker: 1 }],
    ]);
    expect([await left(Label, String(free?.id)), await left(Label, String(used?.id))]).toEqual([
      0, 1,
    ]);
    await asEditor(() => labels.restore(String(used?.id)));
    await expect(asEditor(() => repository(Sticker).getById(sticker.id))).resolves.toMatchObject({
      deletedAt: null,
    });
  });

  it('hard-if-unreferenced: waits for whoever is adding a reference, and sees it', async () => {
    const labels = repository(Label);
    const { id } = await asEditor(() => labels.save({ text: 'used in a moment' }));
    const [isAdded, mayCommit] = [newGate(), newGate()];
    const adding = asEditor(() =>
      opened.source.transaction(async (manager) => {
        await manager.insert(Sticker, { labelId: id });
        isAdded.open();
        await mayCommit.opened;
      }),
    );
    await isAdded.opened;

    const deleting = asEditor(() => labels.delete(id));
    await waitsForALock(opened.source, deleting);
    mayCommit.open();
    await adding;

    expect(await deleting).toMatchObject({ counts: { Label: 1, Sticker: 1 } });
    expect(await left(Label, id)).toBe(1);
  });

  it('forbid: every verb is refused, but for hardDelete in system work', async () => {
    const contracts = repository(Contract);
    const contract = await asEditor(() => contracts.save({ text: 'signed' }));
    const { id } = contract;

    for (const attempt of [
      () => contracts.delete(id),
      () => contracts.softDelete(id),
      () => contracts.remove(contract),
      () => contracts.softRemove(contract),
      () => opened.source.manager.softDelete(Contract, id),
      () => contracts.hardDelete(id),
    ]) {
      await expect(asEditor<unknown>(attempt)).rejects.toBeInstanceOf(StatementRefusedError);
    }
    await expect(asEditor(() => contracts.getById(id))).resolves.toMatchObject({ deletedAt: null });
    await TenantContext.runAsSystem('retention is over', () =>
      contracts.hardDelete({ tenantId: ACME, id }),
    );
    expect(await left(Contract, id)).toBe(0);
  });
});
