import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseError, SoftDeletePurge, TenantContext } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import {
  Branch,
  FOREST,
  Leaf,
  type OpenSource,
  openWith,
} from '../../support/soft-delete/forest.js';
import { asEditor } from '../../support/soft-delete/blog.js';

const ROUNDS = 6;
const MAY_HAPPEN = [
  'ROWGUARD_OWNER_DELETED',
  'ROWGUARD_TRANSACTION_CONFLICT',
  'ROWGUARD_TRANSITION_REFUSED',
];

describe('acts over the same rows at the same time', () => {
  let forest: OpenSource;

  beforeAll(async () => {
    forest = await openWith(FOREST, { pool: { max: 6 }, softDelete: { keepDays: 0 } });
  });
  afterAll(() => forest.close());

  /** Three branches one below the other and one beside them; every leaf hangs on two of them. */
  const grown = () =>
    asEditor(async () => {
      const branches = forest.source.getRepository(Branch);
      const top = await branches.save({});
      const middle = await branches.save({ parentId: top.id });
      const last = await branches.save({ parentId: middle.id });
      const all = [top.id, middle.id, last.id, (await branches.save({})).id];
      const leaves = all.flatMap((branchId, at) =>
        Array.from({ length: 5 }, () => ({ branchId, shadeId: all[3 - at] as string })),
      );
      await forest.source.manager.insert(Leaf, leaves);
      return all as [string, string, string, string];
    });
  const orphans = () =>
    runAsOwner('a test', () =>
      forest.source.query<unknown[]>(
        `select child.id from leaves child join branches owner on owner.id in (child.branch_id, child.shade_id)
           where child.deleted_at is null and owner.deleted_at is not null
         union all select child.id from branches child join branches owner on owner.id = child.parent_id
           where child.deleted_at is null and owner.deleted_at is not null`,
      ),
    );

  it('end well or are refused, and never leave a living row below a deleted one', async () => {
    const { source } = forest;
    const unexpected: unknown[] = [];
    const attempt = (work: () => Promise<unknown>) =>
      asEditor(work).catch((error: unknown) => {
        if (!(error instanceof DatabaseError && MAY_HAPPEN.includes(error.code)))
          unexpected.push(error);
      });
    const remove = (id: string) => attempt(() => source.manager.softDelete(Branch, { id }));
    const restore = (id: string) => attempt(() => source.manager.restore(Branch, { id }));
    const purge = () =>
      TenantContext.runAsSystem('a test', () => new SoftDeletePurge(source).run());
    for (let round = 0; round < ROUNDS; round++) {
      const [top, middle, last, beside] = await grown();
      await Promise.all([remove(top), remove(beside), remove(middle), remove(last)]);
      await Promise.all([restore(top), remove(beside), restore(middle), remove(top)]);
      await Promise.all([remove(top), restore(top), remove(middle), purge(), restore(beside)]);
    }

    expect(unexpected).toEqual([]);
    expect(await orphans()).toEqual([]);
  });
});
