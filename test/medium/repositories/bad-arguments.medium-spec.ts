import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { DatabaseError, TenantContext, TenantRepository, Tool } from 'nestjs-rowguard';
import { MemoryRepository } from 'nestjs-rowguard/schema';
import { DOMAIN_REPOSITORIES } from '../../../src/domain-repositories.js';
import { uuidV7 } from '../../../src/entities/uuid-v7.js';
import { publicVerbs } from '../../support/public-verbs.js';
import { RowFactory } from '../../support/row-factory.js';
import { ACME } from '../../support/shop.js';
import {
  ANNA,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

type Arguments = readonly unknown[];
type Verbs = Readonly<Record<string, (...given: Arguments) => unknown>>;

const WITHOUT_ID: readonly Arguments[] = [
  [],
  [null, null, null],
  ['no uuid', 'no uuid', 'no uuid'],
  [7, 7, 7],
  [[null], [null], [null]],
  [[], [], []],
  [{}, {}, {}],
];

/** Begun with the id of a row that is there, and with one that is not. */
const WITH_ID: readonly ((id: string) => Arguments)[] = [
  (id) => [id],
  (id) => [id, null, null],
  (id) => [id, 7, 7],
  (id) => [id, 'text', 'text'],
  (id) => [id, [null], [null]],
  (id) => [id, {}, {}],
  (id) => [id, id],
  (id) => [id, id, null],
  (id) => [id, id, 7],
  (id) => [id, id, id],
  (id) => [[id], [id]],
  (id) => [{ id }, { id }],
];

class PlainRepository extends TenantRepository<Tool> {
  constructor(source: DataSource) {
    super(Tool, source);
  }
}

const PLACES = [
  ['on a server', () => openShipped(), [...DOMAIN_REPOSITORIES, PlainRepository]],
  ['with vectors', () => openEmbeddedShipped(['conversations']), [MemoryRepository]],
] as const;

describe.each(PLACES)('a repository that is given nonsense, %s,', (_place, open, classes) => {
  let shipped: ShippedSource;
  let factory: RowFactory;

  beforeAll(async () => {
    shipped = await open();
    factory = new RowFactory(shipped.source, { conversation_memory: { dimensions: 3 } });
  });
  afterAll(() => shipped.close());

  it.each(classes.map((one) => [one.name, one] as const))(
    'answers it, or says in an error of ours what is wrong: %s',
    async (_name, Repository) => {
      const repository = new Repository(shipped.source) as Verbs & object;
      const ids = [uuidV7(), await idOfRow(repository)];
      const nonsense = [...WITHOUT_ID, ...WITH_ID.flatMap((begun) => ids.map(begun))];
      const untyped: string[] = [];

      for (const verb of verbsOf(Repository)) {
        for (const given of nonsense) {
          const error = await errorOf(() => repository[verb]?.(...given));
          if (error === undefined || error instanceof DatabaseError) continue;
          untyped.push(`${verb}(${told(given)}): ${String(error).slice(0, 120)}`);
        }
      }

      expect(untyped).toEqual([]);
    },
  );

  /** A service has no rows of its own: a member is as good as any. */
  async function idOfRow(repository: object): Promise<string> {
    if (!(repository instanceof TenantRepository)) return ANNA;
    const { hasMetadata } = shipped.source;
    if (!hasMetadata.call(shipped.source, repository.target)) return ANNA;
    return (await factory.some(repository.metadata, ACME))['id'] as string;
  }

  /** Whatever the verb did is undone, so that the next finds the rows as they were. */
  async function errorOf(call: () => unknown): Promise<unknown> {
    const undone = new Error('undone');
    const attempt = async () => {
      await call();
      throw undone;
    };
    const error = await TenantContext.run({ tenantId: ACME, actorId: ANNA }, () =>
      shipped.source.joinTransaction(attempt).catch((refusal: unknown) => refusal),
    );
    return error === undone ? undefined : error;
  }
});

function verbsOf(Repository: Function): string[] {
  const verbs = publicVerbs(Repository === PlainRepository ? TenantRepository : Repository);
  if (verbs.length === 0) throw new Error(`${Repository.name} has no verbs`);
  return verbs;
}

function told(given: Arguments): string {
  return JSON.stringify(given).slice(1, -1).slice(0, 120);
}
