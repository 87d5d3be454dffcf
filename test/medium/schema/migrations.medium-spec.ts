import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  AttestationError,
  SharedEntity,
  StatementRefusedError,
  TenantContext,
  TenantEntity,
  TenantRepository,
  Tenantless,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

@Entity({ name: 'notes' })
class Note extends TenantEntity {
  @Column({ type: 'text' })
  text!: string;
}

class CreateNotes1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table notes (tenant_id uuid not null default rowguard_tenant_id(),
         id uuid not null default gen_random_uuid(), created_at timestamptz(3) not null default now(),
         updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text,
         delete_batch uuid, delete_reason text, version integer not null, text text not null,
         constraint pk_notes primary key (tenant_id, id))`,
    );
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table notes');
  }
}

/** A tenant sees the authors of its notes: the policy of one table reads the other. */
@Entity({ name: 'authors' })
@Tenantless('an author may write for several tenants', {
  visible:
    'EXISTS (SELECT 1 FROM notes n WHERE n.text = {row}.name AND n.tenant_id = {tenant} AND n.deleted_at IS NULL)',
})
class Author extends SharedEntity {
  @Column({ type: 'text' })
  name!: string;
}

class CreateAuthors1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table authors (id uuid not null default gen_random_uuid(), created_at timestamptz(3) not null default now(),
         updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text,
         delete_batch uuid, delete_reason text, version integer not null default 1, name text not null,
         constraint pk_authors primary key (id))`,
    );
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table authors');
  }
}

describe('migrations of a user', () => {
  let database: ScratchDatabase;
  const options = () => ({
    url: database.url,
    entities: [Note],
    migrations: [CreateNotes1700000000000],
  });

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });

  afterEach(() => database.drop());

  it('that are pending stop a start that only checks', async () => {
    const source = createDataSource({ ...options(), migrate: 'check' });

    await expect(source.initialize()).rejects.toThrow(/1 migrations are pending: CreateNotes/);
    await expect(source.initialize()).rejects.toBeInstanceOf(AttestationError);
  });

  it('run at a start, and what they create is secured', async () => {
    const source = createDataSource(options());
    await source.initialize();
    const notes = new TenantRepository(Note, source);

    await as(ACME, () => notes.save({ text: 'ours' }));

    await expect(as(GLOBEX, () => notes.find())).resolves.toEqual([]);
    await expect(as(ACME, () => source.query('select text from notes'))).resolves.toHaveLength(1);
    await source.destroy();
  });

  it('and other schema work are refused in the work of a tenant', async () => {
    const source = createDataSource(options());
    await source.initialize();
    const asked = [
      () => source.dropDatabase(),
      () => source.synchronize(true),
      () => source.runMigrations(),
      () => source.undoLastMigration(),
      () => source.showMigrations(),
    ];

    for (const work of asked) {
      await expect(as<unknown>(ACME, work)).rejects.toBeInstanceOf(StatementRefusedError);
    }
    await expect(as(ACME, () => source.query('select * from notes'))).resolves.toEqual([]);
    await source.destroy();
  });

  it('can be undone and run again from code, as the owner', async () => {
    const source = createDataSource(options());
    await source.initialize();

    await source.undoLastMigration();
    const pending = await source.showMigrations();
    const ran = await source.runMigrations();
    await as(ACME, () => new TenantRepository(Note, source).save({ text: 'again' }));

    expect(pending).toBe(true);
    expect(ran.map((one) => one.name)).toEqual(['CreateNotes1700000000000']);
    await expect(as(GLOBEX, () => source.query('select * from notes'))).resolves.toEqual([]);
    await source.destroy();
  });

  it('can be undone where a policy of another table reads theirs, which then shows nothing', async () => {
    const source = createDataSource({
      url: database.url,
      entities: [Note, Author],
      migrations: [CreateAuthors1600000000000, CreateNotes1700000000000],
    });
    await source.initialize();
    await TenantContext.runAsSystem('test data', () =>
      source.query(`insert into authors (name) values ('ours')`),
    );
    const seen = () => as(ACME, () => source.query<object[]>('select name from authors'));
    await as(ACME, () => new TenantRepository(Note, source).save({ text: 'ours' }));
    const before = await seen();

    await source.undoLastMigration();
    const between = await seen();
    await source.runMigrations();
    await as(ACME, () => new TenantRepository(Note, source).save({ text: 'ours' }));

    expect([before.length, between.length, (await seen()).length]).toEqual([1, 0, 1]);
    await source.destroy();
  });
});
