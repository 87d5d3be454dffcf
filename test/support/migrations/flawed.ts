import type { MigrationInterface, QueryRunner } from 'typeorm';

const nothing = () => Promise.resolve();

export class Sound1900000000011 implements MigrationInterface {
  up = (runner: QueryRunner) => runner.query('CREATE TABLE sound (id int PRIMARY KEY, code text)');
  down = (runner: QueryRunner) => runner.query('DROP TABLE sound');
}

export class ForgetsTheIndex1900000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sound ADD COLUMN half int');
    await runner.query('CREATE INDEX IF NOT EXISTS sound_code ON sound (code)');
  }
  down = (runner: QueryRunner) => runner.query('ALTER TABLE sound DROP COLUMN half');
}

export class UndoesNothing1900000000013 implements MigrationInterface {
  up = (runner: QueryRunner) =>
    runner.query('CREATE TABLE IF NOT EXISTS kept (id int PRIMARY KEY)');
  down = nothing;
}

export class CannotGoBack1900000000014 implements MigrationInterface {
  up = (runner: QueryRunner) => runner.query('CREATE TABLE final (id int)');
  down = () => Promise.reject(new Error('there is no way back'));
}

export class HasNoDown1900000000015 {
  up = (runner: QueryRunner) => runner.query('CREATE TABLE endless (id int)');
}

export class GrowsEachTime1900000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const name = `t${Date.now()}`;
    await runner.query(`CREATE TABLE ${name} (id int)`);
  }
  async down(runner: QueryRunner): Promise<void> {
    const [found] = (await runner.query(
      `SELECT tablename FROM pg_tables WHERE tablename ~ '^t[0-9]+$'`,
    )) as { tablename: string }[];
    await runner.query(`DROP TABLE ${found?.tablename}`);
  }
}

export class Breaks1900000000017 implements MigrationInterface {
  up = (runner: QueryRunner) => runner.query('ALTER TABLE nowhere ADD COLUMN a int');
  down = nothing;
}

export const FLAWED = [
  Sound1900000000011,
  ForgetsTheIndex1900000000012,
  UndoesNothing1900000000013,
  CannotGoBack1900000000014,
  HasNoDown1900000000015,
  GrowsEachTime1900000000016,
  Breaks1900000000017,
];
