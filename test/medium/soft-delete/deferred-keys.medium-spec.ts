import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  OwnerDeletedError,
  type RowguardDataSource,
  TenantEntity,
  TenantManyToOne,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { caught } from '../../support/caught.js';
import { newGate } from '../../support/gate.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { waitsForALock } from '../../support/waiting-sessions.js';
import { asEditor } from '../../support/soft-delete/blog.js';

@Entity('late_owners')
class LateOwner extends TenantEntity {
  @Column('text', { default: '' })
  name!: string;
}

@Entity('late_rows')
class LateRow extends TenantEntity {
  @TenantManyToOne(() => LateOwner, {
    nullable: false,
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  owner!: LateOwner;

  ownerId!: string;
}

describe('a row whose foreign key is looked at when all is committed', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    source = createDataSource({ url: database.url, entities: [LateOwner, LateRow] });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  /** Runs `write` on another connection, in the moment between a deletion and its commit. */
  const whileDeleting = async (id: string, write: () => Promise<unknown>) => {
    const [deleted, mayCommit] = [newGate(), newGate()];
    const deletion = asEditor(() =>
      source.transaction(async (manager) => {
        await manager.softDelete(LateOwner, { id });
        deleted.open();
        await mayCommit.opened;
      }),
    );
    await deleted.opened;
    const written = caught(asEditor(write)).catch((error: unknown) => error);
    await waitsForALock(source, written);
    mayCommit.open();
    await deletion;
    return written;
  };

  it('is not written below an owner that is being deleted', async () => {
    const { id } = await asEditor(() => source.getRepository(LateOwner).save({}));

    const error = await whileDeleting(id, () => source.manager.insert(LateRow, { ownerId: id }));

    expect(error).toBeInstanceOf(OwnerDeletedError);
    expect(await asEditor(() => source.manager.countBy(LateRow, { ownerId: id }))).toBe(0);
  });

  it('is not moved below an owner that is being deleted', async () => {
    const [from, to] = await asEditor(() => source.getRepository(LateOwner).save([{}, {}]));
    const row = await asEditor(() =>
      source.getRepository(LateRow).save({ ownerId: from?.id ?? '' }),
    );
    const { id } = to as LateOwner;

    const error = await whileDeleting(id, () =>
      source.manager.update(LateRow, { id: row.id }, { ownerId: id }),
    );

    expect(error).toBeInstanceOf(OwnerDeletedError);
    expect(await asEditor(() => source.manager.countBy(LateRow, { ownerId: id }))).toBe(0);
  });
});
