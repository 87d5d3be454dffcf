import { afterAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createDataSource } from 'nestjs-rowguard';
import { templateFile } from '../../../src/migrator/generate/templates.js';
import { MigrationTrial } from '../../../src/migrator/shadow/migration-trial.js';
import { migrationsInOrder } from '../../../src/migrator/shadow/migrations-in-order.js';
import { ShadowDatabase } from '../../../src/migrator/shadow/shadow-database.js';
import { ProjectFolder } from '../../support/migrations/project-folder.js';

const TYPE = "await runner.query(`CREATE TYPE things_kind_enum AS ENUM ('one')`);";

describe('a migration out of a template', () => {
  const folder = new ProjectFolder();
  afterAll(() => folder.remove());

  /** As they are, but for the names that somebody has to fill in. */
  const texts = () => [
    templateFile('tenant-table', 'CreateThings1800000000001', 'ts'),
    templateFile('index', 'IndexThings1800000000002', 'ts'),
    templateFile('backfill', 'FillThings1800000000003', 'ts'),
    templateFile('not-null', 'NeedDeletedBy1800000000004', 'ts')
      .replaceAll('(name IS', '(deleted_by IS')
      .replaceAll('COLUMN name', 'COLUMN deleted_by'),
    templateFile('empty', 'CreateKind1800000000005', 'ts')
      .replaceAll('_runner', 'runner')
      .replace(/up\(.*\{\n/, (head) => `${head}    ${TYPE}\n`)
      .replace(
        /down\(.*\{\n/,
        (head) => `${head}    await runner.query('DROP TYPE things_kind_enum');\n`,
      ),
    templateFile('enum', 'AddKind1800000000006', 'ts'),
  ];

  it.each(['the shadow', 'a server'])('runs up, down and up again on %s', async (place) => {
    Logger.overrideLogger(false);
    const files = texts().map((text, at) => ({ file: `${place}${at}.ts`, text }));
    const classes = await folder.load(files);
    const source = createDataSource({
      embedded: 'memory',
      schema: 'none',
      migrations: classes as never,
    });
    await source.describe();
    const shadow = await (place === 'a server'
      ? ShadowDatabase.openOnServer(source, process.env['ROWGUARD_TEST_URL'] ?? '')
      : ShadowDatabase.open(source));
    const tried = await new MigrationTrial(shadow).run(migrationsInOrder(source));
    const policies = await shadow.ask(
      `select count(*)::int as n from pg_policy where polrelid = 'things'::regclass`,
    );
    await shadow.close();

    const told = tried.map(({ name, problems }) => [name, problems.map(({ kind }) => kind).join()]);
    expect(told).toEqual([
      ['CreateThings1800000000001', ''],
      ['IndexThings1800000000002', ''],
      ['FillThings1800000000003', ''],
      ['NeedDeletedBy1800000000004', ''],
      ['CreateKind1800000000005', ''],
      // PostgreSQL cannot take a value out of an enum, and the template says so.
      ['AddKind1800000000006', 'down-missing'],
    ]);
    expect(policies).toEqual([{ n: 3 }]);
  });
});
