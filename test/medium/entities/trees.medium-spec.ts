import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tree, TreeChildren, TreeParent, Entity, Column } from 'typeorm';
import { EntityRefusedError, TenantEntity, createDataSource } from 'nestjs-rowguard';
import { ACME, Category, Folder, GLOBEX } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

@Entity({ name: 'closed' })
@Tree('closure-table')
class Closed extends TenantEntity {
  @Column({ type: 'text' }) name!: string;
  @TreeChildren() children!: Closed[];
  @TreeParent() parent!: Closed | null;
}

describe('trees', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop();
  });

  afterAll(() => shop.close());

  const bounds = () =>
    shop.database.asOwner(async (client) => {
      const { rows } = await client.query<{ tenant_id: string; nsleft: number; nsright: number }>(
        'select tenant_id, nsleft, nsright from categories order by tenant_id, nsleft',
      );
      return rows;
    });

  it('as nested sets renumber the rows of one tenant only', async () => {
    const categories = shop.source.getTreeRepository(Category);
    const root = await as(GLOBEX, () => categories.save({ name: 'root of globex' }));
    await as(GLOBEX, () => categories.save({ name: 'leaf of globex', parent: root }));
    const before = (await bounds()).filter((row) => row.tenant_id === GLOBEX);

    await as(ACME, async () => {
      const own = await categories.save({ name: 'root of acme' });
      await categories.save({ name: 'leaf one', parent: own });
      await categories.save({ name: 'leaf two', parent: own });
    });

    const after = await bounds();
    expect(after.filter((row) => row.tenant_id === GLOBEX)).toEqual(before);
    expect(after.filter((row) => row.tenant_id === ACME)).toHaveLength(3);
  });

  it('show each tenant its own branches', async () => {
    const folders = shop.source.getTreeRepository(Folder);
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, async () => {
        const top = await folders.save({ name: `top of ${tenantId}` });
        await folders.save({ name: 'inner', parent: top });
      });
    }

    const trees = await as(ACME, () => folders.findTrees());

    expect(trees.map((tree) => tree.name)).toEqual([`top of ${ACME}`]);
    expect(trees[0]?.children.map((child) => child.tenantId)).toEqual([ACME]);
  });

  it('as closure tables are refused before a statement is sent', async () => {
    const source = createDataSource({ url: shop.database.url, entities: [Closed] });

    await expect(source.initialize()).rejects.toBeInstanceOf(EntityRefusedError);
  });
});
