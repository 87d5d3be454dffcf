import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

/** Migrations of an application: plain SQL, TypeORM's own calls, and such that ask first. */
export class CreateBins1900000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE bins (id uuid PRIMARY KEY, code varchar(20) NOT NULL, full_at timestamptz)`,
    );
    const [here] = (await runner.query(
      'SELECT current_database() AS name, session_user AS login',
    )) as {
      name: string;
      login: string;
    }[];
    await runner.query(`COMMENT ON TABLE bins IS 'of ${here?.name} by ${here?.login}'`);
    await runner.query('INSERT INTO bins (id, code) VALUES ($1, $2)', [
      '0190a000-0000-7000-8000-0000000000f1',
      'A-1',
    ]);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bins');
  }
}

export class CreateShelves1900000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      { name: 'id', type: 'uuid', isPrimary: true },
      { name: 'bin_id', type: 'uuid' },
      { name: 'height', type: 'int', default: '0' },
    ];
    await runner.createTable(new Table({ name: 'shelves', columns }), true);
    await runner.createIndex(
      'shelves',
      new TableIndex({ name: 'shelves_bin', columnNames: ['bin_id'] }),
    );
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('shelves');
  }
}

export class WidenCodes1900000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const [column] = (await runner.query(
      `SELECT character_maximum_length AS length FROM information_schema.columns WHERE table_name = 'bins' AND column_name = 'code'`,
    )) as { length: number }[];
    if (column && column.length < 40) {
      await runner.query('ALTER TABLE bins ALTER COLUMN code TYPE varchar(40)');
    }
    const table = await runner.getTable('shelves');
    if (!table?.findColumnByName('width'))
      await runner.query('ALTER TABLE shelves ADD COLUMN width bigint');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE shelves DROP COLUMN width');
    await runner.query('ALTER TABLE bins ALTER COLUMN code TYPE varchar(20)');
  }
}

export class IndexCodes1900000000004 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY bins_code ON bins (code)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY bins_code');
  }
}

export const WAREHOUSE = [
  CreateBins1900000000001,
  CreateShelves1900000000002,
  WidenCodes1900000000003,
  IndexCodes1900000000004,
];
