import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import {
  DeletedRowConflictError,
  DeletedRows,
  OwnerDeletedError,
  RestoreConflictError,
  RetentionHolds,
  RowReferencedError,
  type RowguardDataSource,
  SoftDeletePurge,
  type TenantEntity,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { RetentionHold } from '../../../src/entities/retention/retention-hold.entity.js';
import { caught } from '../../support/caught.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME } from '../../support/shop.js';
import {
  CreateOddTables1700000000000,
  OddLeaf,
  OddOwned,
  OddOwner,
} from '../../support/soft-delete/odd-names.js';

describe('tables and columns with odd and long names', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;
  let owner: OddOwner;
  let nr = 0;

  const asEditor = <T>(work: () => Promise<T>) =>
    TenantContext.run({ tenantId: ACME, actorId: 'editor', requestId: 'request-1' }, work);
  const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('a test', work);
  const rows = <T extends TenantEntity>(entity: new () => T) => source.getRepository(entity);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    source = createDataSource({
      url: database.url,
      entities: [OddOwner, OddOwned, OddLeaf, RetentionHold],
      migrations: [CreateOddTables1700000000000],
    });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  beforeEach(async () => {
    owner = await asEditor(() => rows(OddOwner).save({ name: `n${nr++}` }));
  });

  it('go along with their owner, and come back with it', async () => {
    await asEditor(() => rows(OddOwned).insert([{ ownerId: owner.id }, { ownerId: owner.id }]));
    const deleted = await asEditor(() => rows(OddOwner).softDelete(owner.id));
    const left = await asEditor(() => rows(OddOwned).countBy({ ownerId: owner.id }));
    await asEditor(() => rows(OddOwner).restore(owner.id));

    expect(deleted).toMatchObject({ counts: { OddOwner: 1, OddOwned: 2 } });
    expect(left).toBe(0);
    expect(await asEditor(() => rows(OddOwned).countBy({ ownerId: owner.id }))).toBe(2);
  });

  it('have no living row below a deleted owner', async () => {
    await asEditor(() => rows(OddOwner).softDelete(owner.id));

    const error = await caught(asEditor(() => rows(OddOwned).insert({ ownerId: owner.id })));

    expect(error).toBeInstanceOf(OwnerDeletedError);
    expect(error).toMatchObject({ given: { entity: 'OddOwned', owner: 'OddOwner' } });
  });

  it('let go of an owner, or hold it back, as the reference says', async () => {
    const leaf = await asEditor(() => rows(OddLeaf).save({ clearsId: owner.id }));
    await asEditor(() => rows(OddOwner).softDelete(owner.id));
    const { clearsId } = await asEditor(() => rows(OddLeaf).findOneByOrFail({ id: leaf.id }));
    await asEditor(() => rows(OddOwner).restore(owner.id));
    await asEditor(() => rows(OddLeaf).save({ staysId: owner.id }));

    expect(clearsId).toBeNull();
    expect(await caught(asEditor(() => rows(OddOwner).softDelete(owner.id)))).toBeInstanceOf(
      RowReferencedError,
    );
  });

  it('name the living row that has the place of a deleted one', async () => {
    await asEditor(() => rows(OddOwner).softDelete(owner.id));
    const living = await asEditor(() => rows(OddOwner).save({ name: owner.name }));

    const error = await caught(asEditor(() => rows(OddOwner).restore(owner.id)));

    expect(error).toBeInstanceOf(RestoreConflictError);
    expect(error).toMatchObject({
      given: { entity: 'OddOwner', properties: ['name'], id: living.id },
    });
  });

  it('fail an upsert that meets a deleted row', async () => {
    const number = nr;
    await asEditor(() => rows(OddOwner).update(owner.id, { number }));
    await asEditor(() => rows(OddOwner).softDelete(owner.id));

    const upsert = asEditor(() => rows(OddOwner).upsert({ name: 'other', number }, ['number']));

    expect(await caught(upsert)).toBeInstanceOf(DeletedRowConflictError);
  });

  it('bring back the owner that another act deleted', async () => {
    const owned = await asEditor(() => rows(OddOwned).save({ ownerId: owner.id }));
    await asEditor(() => rows(OddOwned).softDelete(owned.id));
    await asEditor(() => rows(OddOwner).softDelete(owner.id));

    const deleted = new DeletedRows(source);
    const restored = await asEditor(() =>
      deleted.restoreRow(OddOwned, owned.id, { withParents: true }),
    );

    expect(restored.counts).toEqual({ OddOwner: 1, OddOwned: 1 });
  });

  it('are purged, but for what is held', async () => {
    const held = await asEditor(() => rows(OddOwned).save({ ownerId: owner.id }));
    const other = await asEditor(() => rows(OddOwner).save({ name: 'gone' }));
    await asEditor(() => rows(OddOwned).save({ ownerId: other.id }));
    for (const { id } of [owner, other]) {
      await asEditor(() => rows(OddOwner).softDelete(id));
    }
    const hold = { entity: OddOwned, id: held.id, reason: 'case 7' };
    await asSystem(() => new RetentionHolds(source).place(hold));

    await asSystem(() => new SoftDeletePurge(source).run({ olderThan: { days: 0 } }));

    const { items } = await asEditor(() => new DeletedRows(source).acts());
    expect(items).toMatchObject([{ rows: { OddOwner: 1, OddOwned: 1 } }]);
  });

  it('need no mending at the next start', async () => {
    const { findings } = await source.inspect();

    expect(findings.filter((one) => one.severity === 'error')).toEqual([]);
  });
});
