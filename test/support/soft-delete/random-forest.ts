import { randomUUID } from 'node:crypto';
import { type RowguardDataSource, TenantContext, TenantRepository } from 'nestjs-rowguard';
import type { EntityManager } from 'typeorm';
import { Branch, Leaf, Nest } from './forest.js';

export type Dice = (sides: number) => number;

/** The same numbers for the same seed. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

export interface Forest {
  readonly branches: readonly string[];
  readonly leaves: readonly string[];
}

/** Branches on branches, leaves on two of them, nests in leaves, and some branches in nests. */
export async function plantForest(manager: EntityManager, dice: Dice): Promise<Forest> {
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID() as string);
  const [branches, leaves, nests] = [ids(3 + dice(4)), ids(4 + dice(5)), ids(1 + dice(4))];
  const oneOf = (all: readonly string[]) => String(all[dice(all.length)]);
  await manager.insert(
    Branch,
    branches.map((id, at) => ({
      id,
      parentId: at > 0 && dice(3) > 0 ? branches[dice(at)] : null,
    })) as never,
  );
  await manager.insert(
    Leaf,
    leaves.map((id) => ({
      id,
      branchId: oneOf(branches),
      shadeId: dice(3) === 0 ? oneOf(branches) : null,
    })),
  );
  await manager.insert(
    Nest,
    nests.map((id) => ({ id, leafId: oneOf(leaves) })),
  );
  for (const nestId of nests.filter(() => dice(2) === 0)) {
    await manager.update(Branch, { id: oneOf(branches) }, { nestId });
  }
  if (dice(3) === 0) {
    await manager.update(Branch, { id: oneOf(branches) }, { parentId: oneOf(branches) });
  }
  return { branches, leaves };
}

/** The ids of all living rows, in order. */
export async function livingRows(manager: EntityManager): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    ['branches', 'leaves', 'nests']
      .map((table) => `select '${table} ' || id as id from ${table} where deleted_at is null`)
      .join(' union all '),
  );
  return rows.map((row) => row.id).toSorted();
}

/** Living rows below a deleted owner, of which there may be none. */
export async function strayRows(manager: EntityManager): Promise<unknown[]> {
  return manager.query<unknown[]>(
    `select l.id from leaves l join branches b on b.id in (l.branch_id, l.shade_id) where l.deleted_at is null and b.deleted_at is not null
     union all select n.id from nests n join leaves l on l.id = n.leaf_id where n.deleted_at is null and l.deleted_at is not null
     union all select b.id from branches b join branches p on p.id = b.parent_id where b.deleted_at is null and p.deleted_at is not null
     union all select b.id from branches b join nests n on n.id = b.nest_id where b.deleted_at is null and n.deleted_at is not null`,
  );
}

/** What differs after some rows were deleted, and an act among them was undone. */
export interface TriedAct {
  readonly seed: number;
  /** Rows that lived below a deleted owner, before or while the act had taken its rows. */
  readonly stray: readonly unknown[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Plants a forest for a tenant of its own, deletes here and there, and then deletes and restores once. */
export function tryRandomAct(source: RowguardDataSource, seed: number): Promise<TriedAct> {
  const { manager } = source;
  const branches = new TenantRepository(Branch, source);
  const dice = diceOf(seed);
  const any = (ids: readonly string[]) => String(ids[dice(ids.length)]);
  return TenantContext.run({ tenantId: randomUUID() }, async () => {
    const planted = await plantForest(manager, dice);
    for (let at = 0; at < dice(3); at++) {
      await (dice(2) === 0
        ? manager.softDelete(Leaf, any(planted.leaves))
        : manager.softDelete(Branch, any(planted.branches)));
    }
    const before = await livingRows(manager);
    const stray = await strayRows(manager);
    const { affected, batch } = await branches.softDelete(any(planted.branches));
    stray.push(...(await strayRows(manager)));
    if (affected) await branches.restoreBatch(String(batch));
    return { seed, stray, before, after: await livingRows(manager) };
  });
}
