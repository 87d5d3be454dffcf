import {
  SoftDelete,
  TenantEntity,
  TenantManyToOne,
  UniqueActive,
  UniqueForever,
} from 'nestjs-rowguard';
import { Column, Entity, type MigrationInterface, type QueryRunner } from 'typeorm';

const SCHEMA = 'Od"d';
const OWNERS = `we"ird $rowguard$ tab'le`;
const OWNED = 'ü"'.repeat(21);
const LEAVES = 'lea"f; --';
const NAME = `na"me 'of`;
const NUMBER = 'numb"er';
const OWNER_ID = `own"er $1 'id`;
const CLEARS_ID = `clear"s${'_'.repeat(56)}`;
const STAYS_ID = `sta"ys :x`;

@Entity({ name: OWNERS, schema: SCHEMA })
export class OddOwner extends TenantEntity {
  @UniqueActive()
  @Column('text', { name: NAME })
  name!: string;

  @UniqueForever()
  @Column('integer', { name: NUMBER, nullable: true })
  number!: number | null;
}

@Entity({ name: OWNED, schema: SCHEMA })
export class OddOwned extends TenantEntity {
  @TenantManyToOne(() => OddOwner, { nullable: false, column: OWNER_ID, onDelete: 'CASCADE' })
  owner!: OddOwner;

  ownerId!: string;
}

@Entity({ name: LEAVES, schema: SCHEMA })
export class OddLeaf extends TenantEntity {
  @SoftDelete('setNull')
  @TenantManyToOne(() => OddOwner, { nullable: true, column: CLEARS_ID })
  clears!: OddOwner | null;

  clearsId!: string | null;

  @SoftDelete('restrict')
  @TenantManyToOne(() => OddOwner, { nullable: true, column: STAYS_ID })
  stays!: OddOwner | null;

  staysId!: string | null;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const path = (table: string) => `${quoted(SCHEMA)}.${quoted(table)}`;
const refersBy = (column: string, onDelete = '') =>
  `${quoted(column)} uuid, foreign key (tenant_id, ${quoted(column)}) references ${path(OWNERS)} (tenant_id, id)${onDelete}`;

/** TypeORM makes no table whose name holds a quote; a migration does. */
export class CreateOddTables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema ${quoted(SCHEMA)}`);
    await create(runner, OWNERS, `${quoted(NAME)} text not null, ${quoted(NUMBER)} integer`);
    await create(runner, OWNED, refersBy(OWNER_ID, ' on delete cascade'));
    await create(runner, LEAVES, `${refersBy(CLEARS_ID)}, ${refersBy(STAYS_ID)}`);
    const index = runner.dataSource.getMetadata(OddOwner).indices.filter((one) => one.isUnique);
    for (const { name, columns, where } of index) {
      const keys = columns.map((one) => quoted(one.databaseName)).join(', ');
      const condition = where ? ` where ${where}` : '';
      await runner.query(
        `create unique index ${quoted(name)} on ${path(OWNERS)} (${keys})${condition}`,
      );
    }
    await runner.query(`create table retention_holds (id uuid primary key default gen_random_uuid(), tenant_id uuid, table_name text,
      row_id text, reason text, placed_by text, placed_at timestamptz, lifted_at timestamptz, lifted_by text,
      created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now())`);
  }

  async down(): Promise<void> {
    // The database goes with its test.
  }
}

async function create(runner: QueryRunner, table: string, columns: string): Promise<void> {
  await runner.query(`create table ${path(table)} (
    tenant_id uuid not null, id uuid not null default gen_random_uuid(),
    created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
    deleted_at timestamptz(3), deleted_by text, delete_batch uuid, delete_reason text,
    version integer not null default 1, primary key (tenant_id, id), ${columns})`);
}
