import { writeFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  type Judge,
  MigrationBlockedError,
  type MigratorOptions,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { type Migrating, migration, openMigrating } from '../../support/migrating.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const NOTES = migration('CreateNotes1700000000001', {
  up: 'create table notes (id int, old text)',
});
const DROP = migration('DropOld1700000000002', { up: 'alter table notes drop old' });
const DROP_OTHER = migration('DropOld1700000000002', { up: 'alter table notes drop id' });
const AFTER = migration('AddNew1700000000003', { up: 'alter table notes add new text' });
const CLOCK = migration('DropAtNoon1700000000004', {
  get up() {
    return `alter table notes drop old /* ${'x'} */, add t timestamptz default '${new Date().toISOString()}'`;
  },
});

/** Stands in for the rules: what drops loses data. */
const judge: Judge = (migrations) =>
  Promise.resolve(
    migrations.flatMap(({ name, statements }) =>
      statements.flatMap(({ sql }, statement) =>
        sql.includes(' drop ')
          ? [
              {
                rule: 'D01',
                severity: 'destructive' as const,
                migration: name,
                statement,
                sql,
                problem: 'drops a column',
                mend: 'keep it',
              },
            ]
          : [],
      ),
    ),
  );

describe('a migration that loses data', () => {
  let database: ScratchDatabase;
  let opened: Migrating[];
  let folder: string;

  const open = async (more: MigratorOptions = {}, migrations = [NOTES, DROP, AFTER]) => {
    const one = await openMigrating(database.url, migrations, {
      judge,
      lockFile: join(folder, 'lock.json'),
      ...more,
    });
    opened.push(one);
    return one;
  };
  const approvalOf = async ({ migrator }: Migrating, at = 1) =>
    (await migrator.show())[at]?.approval ?? '';

  beforeEach(async () => {
    opened = [];
    folder = mkdtempSync(join(tmpdir(), 'rowguard-approval-'));
    database = await ScratchDatabase.create();
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it('is not run without an approval, nor is anything else', async () => {
    const one = await open();

    const error = await caught(one.migrator.run());

    expect(error).toBeInstanceOf(MigrationBlockedError);
    expect(String(error)).toContain(`--approve ${await approvalOf(one)}`);
    expect(await one.migrator.pending()).toHaveLength(3);
  });

  it('runs with an approval of just its text, and who approved it is kept', async () => {
    const one = await open();
    const approval = await approvalOf(one);
    const other = await open({}, [NOTES, DROP_OTHER, AFTER]);

    const edited = await caught(other.migrator.run({ approve: [approval] }));
    const { ran } = await one.migrator.run({ approve: [approval] });

    expect(edited).toBeInstanceOf(MigrationBlockedError);
    expect(ran).toHaveLength(3);
    expect((await one.migrator.applied())[1]).toMatchObject({ approvedBy: 'given by hand' });
  });

  it('can be approved by the environment, or in the lock file with a name and a reason', async () => {
    const first = await open();
    const approval = await approvalOf(first);
    const [name, hash] = approval.split('@');
    await first.migrator.writeLock();
    const file = join(folder, 'lock.json');
    const locked = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(
      file,
      JSON.stringify({
        ...locked,
        approvals: [{ name, hash, by: 'Anna', reason: 'empty since May' }],
      }),
    );

    await first.migrator.writeLock();
    await first.migrator.run();
    const [, row] = await first.migrator.applied();
    const environment = await open({ environment: { ROWGUARD_APPROVE: ` ${approval}, ` } });

    expect(row).toMatchObject({ approvedBy: 'Anna', reason: 'empty since May' });
    expect(await environment.migrator.plan()).toEqual([]);
    expect(readFileSync(file, 'utf8')).toContain('"risk": "destructive"');
  });

  it('takes no approval from the lock file that would fit anything', async () => {
    const one = await open();
    writeFileSync(
      join(folder, 'lock.json'),
      JSON.stringify({
        version: 1,
        head: '',
        migrations: [],
        approvals: [{ name: 'DropOld1700000000002', hash: '' }],
      }),
    );

    await expect(one.migrator.run()).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('waits at a start with all that come after it, and the log says so', async () => {
    const { migrator, said } = await open();

    const report = await migrator.run({ unapproved: 'wait' });
    const again = await migrator.run({ unapproved: 'wait' });

    expect(report).toEqual({
      ran: ['CreateNotes1700000000001'],
      waiting: ['DropOld1700000000002', 'AddNew1700000000003'],
    });
    expect(again.ran).toEqual([]);
    expect(said[0]).toMatch(
      /^2 migrations wait, from DropOld1700000000002 on\. .*--approve DropOld1700000000002@/,
    );
  });

  it('runs where data does not matter', async () => {
    const { migrator } = await open();

    expect((await migrator.run({ allowDestructive: true })).ran).toHaveLength(3);
  });

  it('cannot be approved where it is another one each time', async () => {
    const one = await open({}, [NOTES, CLOCK]);

    const error = await caught(one.migrator.run());

    expect(await approvalOf(one)).toBe('');
    expect(String(error)).toMatch(/nothing can be approved: DropAtNoon1700000000004/);
  });

  it('is judged only when something is pending', async () => {
    let judged = 0;
    const one = await open({ judge: () => Promise.resolve([]).finally(() => judged++) });
    await one.migrator.run();
    await one.migrator.run();

    expect(judged).toBe(1);
  });
});
