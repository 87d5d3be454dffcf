import { FOLDERS } from '../kinds.js';
import type { Operation } from '../operation.js';

/** Nested sets and materialized paths. */
export const TREES: readonly Operation[] = [
  { name: 'tree findTrees', run: (a) => a.trees().findTrees() },
  { name: 'tree findRoots', run: (a) => a.trees().findRoots() },
  {
    name: 'tree descendants',
    run: async (a) => {
      const trees = a.trees();
      const [root] = await trees.findRoots();
      if (!root) return [];
      return [
        await trees.findDescendants(root),
        await trees.findDescendantsTree(root),
        await trees.countDescendants(root),
        await trees.createDescendantsQueryBuilder('d', 'closure', root).getMany(),
      ];
    },
  },
  {
    name: 'tree ancestors',
    run: async (a) => {
      const trees = a.trees();
      const leaf = (await trees.find()).at(-1);
      if (!leaf) return [];
      return [
        await trees.findAncestors(leaf),
        await trees.findAncestorsTree(leaf),
        await trees.countAncestors(leaf),
        await trees.createAncestorsQueryBuilder('d', 'closure', leaf).getMany(),
      ];
    },
  },
  {
    name: 'tree save a child',
    writes: true,
    run: async (a) => {
      const trees = a.trees();
      const parent = (await trees.find())[a.random.below(3)];
      return trees.save({ name: a.text(), ...(parent ? { parent } : {}) });
    },
  },
  {
    name: 'tree move a branch',
    writes: true,
    run: async (a) => {
      const trees = a.source.getTreeRepository<{ id: string; name: string; parent: unknown }>(
        FOLDERS.entity as never,
      );
      const [root, ...others] = await trees.find({ order: { id: 'ASC' } });
      const moved = others.at(-1);
      if (!moved) return [];
      moved.parent = root;
      return trees.save(moved);
    },
  },
  {
    name: 'tree remove a leaf',
    writes: true,
    run: async (a) => {
      const trees = a.trees();
      const leaf = (await trees.find({ order: { id: 'ASC' } })).at(-1);
      return leaf ? trees.remove(leaf) : [];
    },
  },
  {
    name: 'tree soft-remove a branch',
    writes: true,
    run: async (a) => {
      const trees = a.trees();
      const [root] = await trees.findRoots();
      return root ? trees.softRemove(root) : [];
    },
  },
];
