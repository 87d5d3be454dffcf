import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  EntityRefusedError,
  SharedEntity,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  TenantRecord,
  Tenantless,
  UniqueActive,
  UniqueForever,
  UniqueViolationError,
  createDataSource,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { Column, Entity, type EntityMetadata, Index, JoinColumn, OneToOne, Unique } from 'typeorm';
import type { IndexMetadata } from 'typeorm/metadata/IndexMetadata.js';
import { caught } from '../../support/caught.js';
import { cellsFor } from '../../support/row-cells.js';
import { type Cells, RowFactory, encoded, quoted } from '../../support/row-factory.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { ACME } from '../../support/shop.js';
import { BLOG, BLOG_PLACES, type Blog, asEditor } from '../../support/soft-delete/blog.js';
import { type PlainBlog, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { STOCK, Ticket } from '../../support/soft-delete/stock.js';

const LIVING = /"deleted_at" IS NULL/;

describe('S10: plain TypeORM and a unique key of a deleted row', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it('cannot be given to another row', async () => {
    const posts = blog.source.getRepository(PlainPost);
    const { id } = await posts.save({ title: 'old', slug: 'news' });
    await posts.softDelete(id);

    const error = await caught(posts.insert({ title: 'new', slug: 'news' }));

    expect(isUniqueViolation(error)).toBe(true);
  });
});

describe('S10: the unique keys of the shipped schema', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped();
  });
  afterAll(() => shipped.close());

  const keys = () =>
    shipped.source.entityMetadatas.flatMap((metadata) =>
      metadata.indices
        .filter((index) => index.isUnique && LIVING.test(index.where ?? ''))
        .map((index): [EntityMetadata, IndexMetadata] => [metadata, index]),
    );

  async function again(metadata: EntityMetadata, index: IndexMetadata): Promise<string> {
    const factory = new RowFactory(shipped.source);
    const held = await filled(factory, metadata, index);
    const [insert, values] = insertion(metadata, { ...held, id: undefined });
    return TenantContext.runAsSystem('a test', async () => {
      const whileLiving = await caught(shipped.source.query(insert, values));
      if (!isUniqueViolation(whileLiving)) return `${index.name} is not held by a living row`;
      const [where, key] = keyOf(metadata, held);
      const deletion = `update ${quoted(metadata.tableName)} set deleted_at = now() where ${where}`;
      await shipped.source.query(deletion, key);
      await shipped.source.query(insert, values);
      return 'taken again';
    });
  }

  it('can be taken again once their row is deleted, all of them', async () => {
    expect(keys().length).toBeGreaterThan(25);
    const results: [string, string][] = [];
    for (const [metadata, index] of keys()) {
      results.push([index.name, await again(metadata, index).catch(String)]);
    }
    expect(results.filter(([, result]) => result !== 'taken again')).toEqual([]);
  });

  it('are of the living, or say that they hold for good', () => {
    const forGood = shipped.source.entityMetadatas
      .filter((metadata) => metadata.deleteDateColumn)
      .flatMap((metadata) => [
        ...metadata.uniques.map((one) => one.name),
        ...metadata.indices.filter((one) => one.isUnique && !one.where).map((one) => one.name),
      ]);

    expect(forGood.toSorted()).toEqual([
      'ix_checkpoints_tenant_id_study_id_sequence',
      'ix_invoices_tenant_id_number',
      'ix_messages_tenant_id_conversation_id_sequence',
    ]);
  });
});

/** A row of which the index knows: every column of the key is filled, and its condition holds. */
async function filled(
  factory: RowFactory,
  metadata: EntityMetadata,
  index: IndexMetadata,
): Promise<Cells> {
  const open: Record<string, unknown> = {};
  for (const column of index.columns.filter((one) => one.isNullable)) {
    const { databaseName } = column;
    const key = metadata.foreignKeys.find((one) => one.columns.includes(column));
    const target = key && (await factory.some(key.referencedEntityMetadata, ACME));
    const named = key?.referencedColumns[key.columns.indexOf(column)]?.databaseName ?? '';
    open[databaseName] = target ? target[named] : cellsFor(column, 1)[0];
  }
  return factory.insert(metadata, ACME, { ...open, ...conditionOf(index) });
}

/** What the condition of the index asks of a row, beside that it lives. */
function conditionOf({ where = '' }: IndexMetadata): Cells {
  const cells: Record<string, unknown> = {};
  for (const [, name = ''] of where.matchAll(/"(\w+)" IS NULL/g)) cells[name] = null;
  for (const [, name = '', value] of where.matchAll(/"(\w+)" = '(\w+)'/g)) cells[name] = value;
  for (const [, name = ''] of where.matchAll(/AND "(\w+)"(?= AND|$)/g)) cells[name] = true;
  return cells;
}

function insertion(metadata: EntityMetadata, row: Cells): [string, unknown[]] {
  const cells = Object.entries(encoded(metadata, row)).filter(([, cell]) => cell !== undefined);
  const names = cells.map(([name]) => quoted(name)).join(', ');
  const holes = cells.map((_, at) => `$${at + 1}`).join(', ');
  const text = `insert into ${quoted(metadata.tableName)} (${names}) values (${holes})`;
  return [text, cells.map(([, cell]) => cell)];
}

function keyOf(metadata: EntityMetadata, row: Cells): [string, unknown[]] {
  const names = metadata.primaryColumns.map((column) => column.databaseName);
  return [
    names.map((name, at) => `${quoted(name)} = $${at + 1}`).join(' and '),
    names.map((name) => row[name]),
  ];
}

describe.each(BLOG_PLACES)('S10: unique keys of entities, on %s', (_where, open) => {
  let blog: Blog;

  beforeAll(async () => {
    blog = await open({ entities: [...BLOG, ...STOCK] });
  });
  afterAll(() => blog.close());

  it('@UniqueActive lets a deleted row go, @UniqueForever does not', async () => {
    const tickets = blog.source.getRepository(Ticket);
    await asEditor(async () => {
      await tickets.insert({ number: 1, place: 'A1' });
      await tickets.softDelete({ number: 1 });
      await tickets.insert({ number: 2, place: 'A1' });
    });

    const error = await caught(asEditor(() => tickets.insert({ number: 1, place: 'B1' })));

    expect(error).toBeInstanceOf(UniqueViolationError);
    expect(error).toMatchObject({ properties: ['number'] });
  });
});

@Entity('lint_index')
@Index(['tenantId', 'code'], { unique: true })
class PlainIndex extends TenantEntity {
  @Column('text') code!: string;
}

@Entity('lint_unique')
@Unique(['tenantId', 'code'])
class PlainUnique extends TenantEntity {
  @Column('text') code!: string;
}

@Entity('lint_column')
@Tenantless('a test')
class PlainColumn extends SharedEntity {
  @Column('text', { unique: true }) code!: string;
}

@Entity('lint_badges')
@Tenantless('a test')
class Badge extends SharedEntity {}

@Entity('lint_holders')
@Tenantless('a test')
class Holder extends SharedEntity {
  @OneToOne(() => Badge)
  @JoinColumn()
  badge!: Badge;
}

@Entity('lint_partly')
@UniqueForever('code')
@Index(['tenantId', 'code', 'kind'], { unique: true })
class PartlyForever extends TenantEntity {
  @Column('text') code!: string;
  @Column('text') kind!: string;
}

@Entity('fine_records')
@Index(['tenantId', 'code'], { unique: true })
class FineRecord extends TenantRecord {
  @Column('text') code!: string;
}

abstract class Numbered extends TenantEntity {
  @UniqueForever()
  @Column('integer')
  number!: number;
}

@Entity('fine_rows')
@UniqueForever('code', 'kind')
@UniqueActive('ownerId')
@Index(['tenantId', 'kind'], { unique: true, where: `"kind" = 'default'` })
class Fine extends Numbered {
  @Column('text') code!: string;
  @Column('text') kind!: string;

  @TenantManyToOne(() => FineRecord, { nullable: true })
  owner!: FineRecord | null;

  ownerId!: string | null;
}

@Entity('fine_places')
@Unique(['tenantId', 'position'], { deferrable: 'INITIALLY DEFERRED' })
class FinePlace extends TenantEntity {
  @Column('integer') position!: number;
}

describe('S10: a unique key that deleted rows would hold', () => {
  it.each<[string, readonly Function[], RegExp]>([
    [
      'an index',
      [PlainIndex],
      /lint_index\) has a unique key on \(tenant_id, code\) .*@UniqueActive/,
    ],
    ['a constraint', [PlainUnique], /\(tenant_id, code\).*@UniqueForever/],
    ['a column', [PlainColumn], /\(code\) that deleted rows hold too/],
    ['a one-to-one', [Badge, Holder], /\(badge_id\).*Make badge a @TenantManyToOne/],
    ['one beside another that holds for good', [PartlyForever], /\(tenant_id, code, kind\)/],
  ])('is refused before a statement is sent: %s', async (_, entities, told) => {
    const source = createDataSource({ embedded: 'memory', entities: [...entities] as never });

    const error = await caught(source.initialize());

    expect(error).toBeInstanceOf(EntityRefusedError);
    expect((error as Error).message).toMatch(told);
  });

  it('is right for rows that are never deleted, and where it says so', async () => {
    const source = createDataSource({
      embedded: 'memory',
      entities: [FineRecord, Fine, FinePlace],
    });
    await source.initialize();
    const names = source.getMetadata(Fine).indices.map((index) => index.name);
    await source.destroy();

    expect(names).toEqual(
      expect.arrayContaining(['ix_fine_rows_tenant_id_number', 'ix_fine_rows_tenant_id_code_kind']),
    );
  });
});
