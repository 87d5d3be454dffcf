import { DataSource, EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { RecordedMigration } from '../../../src/migrator/recording/recorded-migration.js';
import { migration } from './recorded.js';

type Columns = Readonly<Record<string, EntitySchemaColumnOptions>>;

export interface TypeOrmChange {
  readonly says: string;
  readonly from: EntitySchemaColumnOptions;
  readonly to: EntitySchemaColumnOptions;
  /** The rule that has to stop it; undefined where nothing is lost. */
  readonly rule: 'D06' | 'D10' | undefined;
}

const enumOf = (...values: string[]): EntitySchemaColumnOptions => ({ type: 'enum', enum: values });

/** Changes of one column of an entity, as people make them. */
export const TYPEORM_CHANGES: readonly TypeOrmChange[] = [
  {
    says: 'a longer text',
    from: { type: 'varchar', length: '50' },
    to: { type: 'varchar', length: '80' },
    rule: 'D06',
  },
  {
    says: 'a shorter text',
    from: { type: 'varchar', length: 50 },
    to: { type: 'varchar', length: 20 },
    rule: 'D06',
  },
  {
    says: 'no length any more',
    from: { type: 'varchar', length: 50 },
    to: { type: 'varchar' },
    rule: 'D06',
  },
  { says: 'text instead of varchar', from: { type: 'varchar' }, to: { type: 'text' }, rule: 'D06' },
  { says: 'bigint instead of integer', from: { type: 'int' }, to: { type: 'bigint' }, rule: 'D06' },
  {
    says: 'another type, NOT NULL with a default',
    from: { type: 'int', default: 1 },
    to: { type: 'numeric', default: 1 },
    rule: 'D06',
  },
  {
    says: 'timestamptz instead of timestamp',
    from: { type: 'timestamp', nullable: true },
    to: { type: 'timestamptz', nullable: true },
    rule: 'D06',
  },
  { says: 'jsonb instead of json', from: { type: 'json' }, to: { type: 'jsonb' }, rule: 'D06' },
  { says: 'an array', from: { type: 'text' }, to: { type: 'text', array: true }, rule: 'D06' },
  {
    says: 'no array any more',
    from: { type: 'int', array: true },
    to: { type: 'int' },
    rule: 'D06',
  },
  {
    says: 'another stored expression',
    from: { type: 'int', generatedType: 'STORED', asExpression: 'id + 1' },
    to: { type: 'int', generatedType: 'STORED', asExpression: 'id + 2' },
    rule: 'D06',
  },
  {
    says: 'stored instead of plain',
    from: { type: 'int', nullable: true },
    to: { type: 'int', nullable: true, generatedType: 'STORED', asExpression: 'id + 1' },
    rule: 'D06',
  },
  {
    says: 'text instead of an enum',
    from: enumOf('new', 'sent'),
    to: { type: 'text' },
    rule: 'D06',
  },
  {
    says: 'a unique text that grows',
    from: { type: 'varchar', length: 50, unique: true },
    to: { type: 'varchar', length: 80, unique: true },
    rule: 'D06',
  },
  {
    says: 'an enum without one of its values',
    from: enumOf('new', 'sent', 'gone'),
    to: enumOf('new', 'gone'),
    rule: 'D10',
  },
  {
    says: 'an enum with a default, without one of its values',
    from: { ...enumOf('new', 'sent'), default: 'new' },
    to: { ...enumOf('new'), default: 'new' },
    rule: 'D10',
  },
  {
    says: 'an enum with another value in place of one',
    from: enumOf('new', 'sent'),
    to: enumOf('new', 'dispatched'),
    rule: 'D10',
  },
  {
    says: 'an array of an enum without one of its values',
    from: { ...enumOf('new', 'sent'), array: true },
    to: { ...enumOf('new'), array: true },
    rule: 'D10',
  },
  {
    says: 'a named enum without one of its values',
    from: { ...enumOf('new', 'sent'), enumName: 'status' },
    to: { ...enumOf('new'), enumName: 'status' },
    rule: 'D10',
  },
  {
    says: 'an enum with one value more',
    from: enumOf('new', 'sent'),
    to: enumOf('new', 'sent', 'gone'),
    rule: undefined,
  },
  {
    says: 'more digits',
    from: { type: 'numeric', precision: 10, scale: 2 },
    to: { type: 'numeric', precision: 14, scale: 2 },
    rule: undefined,
  },
  {
    says: 'NULL allowed',
    from: { type: 'text' },
    to: { type: 'text', nullable: true },
    rule: undefined,
  },
  {
    says: 'another default',
    from: { type: 'int', default: 1 },
    to: { type: 'int', default: 2 },
    rule: undefined,
  },
];

/** What `typeorm migration:generate` writes into the migration, without running it. */
export async function generated(
  url: string,
  { from, to }: TypeOrmChange,
): Promise<{ up: RecordedMigration[]; down: RecordedMigration[]; columnType: string }> {
  const old = await opened(url, { id: KEY, it: from }, true);
  await old.destroy();
  const source = await opened(url, { id: KEY, it: to }, false);
  try {
    const { upQueries, downQueries } = await source.driver.createSchemaBuilder().log();
    const rows = await source.query<{ type: string }[]>(
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'things'::regclass AND attname = 'it'`,
    );
    return {
      up: migration(...upQueries.map(({ query }) => query)),
      down: migration(...downQueries.map(({ query }) => query)),
      columnType: rows[0]?.type ?? '',
    };
  } finally {
    await source.destroy();
  }
}

const KEY: EntitySchemaColumnOptions = { type: 'int', primary: true };

function opened(url: string, columns: Columns, makes: boolean): Promise<DataSource> {
  const things = new EntitySchema({ name: 'Thing', tableName: 'things', columns });
  return new DataSource({
    type: 'postgres',
    url,
    entities: [things],
    synchronize: makes,
    dropSchema: makes,
    installExtensions: false,
  }).initialize();
}
