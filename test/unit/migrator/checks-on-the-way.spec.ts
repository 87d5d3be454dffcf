import { describe, expect, it } from '@jest/globals';
import { Migration } from 'typeorm';
import type { JudgedMigration } from '../../../src/migrator/approval/needs-approval.js';
import type { Judge } from '../../../src/migrator/approval/judge.js';
import { checksOnTheWay } from '../../../src/migrator/running/checks-on-the-way.js';
import { MigrationBlockedError } from '../../../src/errors/migration-blocked.error.js';
import { caught } from '../../support/caught.js';

const STEP: JudgedMigration = {
  migration: new Migration(undefined, 1700000000000, 'Fill1700000000000'),
  recorded: {
    name: 'Fill1700000000000',
    timestamp: 1700000000000,
    direction: 'up',
    statements: [],
    transaction: true,
    isDynamic: true,
  },
  checksum: 'abcdef0123456789',
  destroys: [],
  approval: undefined,
};

/** Takes down how much it is given to read; what drops loses data. */
function reader() {
  const seen: string[][] = [];
  const judge: Judge = async (migrations, ask) => {
    await ask?.('the columns');
    const [{ name, statements } = { name: '', statements: [] }] = migrations;
    seen.push(statements.map(({ sql }) => sql));
    return statements.flatMap(({ sql }, statement) =>
      sql.startsWith('drop')
        ? [
            {
              rule: 'D01',
              severity: 'destructive',
              migration: name,
              statement,
              sql,
              problem: 'drops',
              mend: '',
            } as const,
          ]
        : [],
    );
  };
  return { seen, judge };
}

describe('a migration that is judged while it sends', () => {
  it('is read once for each text, with what has changed the schema before it, and nothing else', async () => {
    const { seen, judge } = reader();
    let asked = 0;
    const ask = () => {
      asked++;
      return Promise.resolve([]);
    };
    const check = checksOnTheWay(STEP, judge)?.();

    await check?.({ sql: 'create table a ()' }, ask);
    for (let nr = 0; nr < 500; nr++)
      await check?.({ sql: `insert into a values (${nr % 100})` }, ask);
    await check?.({ sql: '/* now */ alter table a add b int' }, ask);
    await check?.({ sql: 'insert into a values (1)' }, ask);

    expect(seen).toHaveLength(1 + 100 + 1 + 1);
    expect(Math.max(...seen.map((one) => one.length))).toBe(3);
    expect(seen.at(-1)).toEqual([
      'create table a ()',
      '/* now */ alter table a add b int',
      'insert into a values (1)',
    ]);
    expect(asked).toBe(3);
  });

  it('is read again after a change of the schema that stands behind a question', async () => {
    const { seen, judge } = reader();
    const check = checksOnTheWay(STEP, judge)?.();
    const ask = () => Promise.resolve([]);

    await check?.({ sql: 'select 1; alter table a add b int' }, ask);
    await check?.({ sql: `select ';' as sign` }, ask);
    await check?.({ sql: 'insert into a values (1)' }, ask);

    expect(seen.at(-1)).toEqual(['select 1; alter table a add b int', 'insert into a values (1)']);
  });

  it('is kept back before what loses data, and forgets a try that was broken off', async () => {
    const { seen, judge } = reader();
    const ask = () => Promise.resolve([]);
    const begin = checksOnTheWay(STEP, judge);

    await begin?.()({ sql: 'create table a ()' }, ask);
    const error = await caught(begin?.()({ sql: 'drop table a' }, ask) as Promise<void>);

    expect(error).toBeInstanceOf(MigrationBlockedError);
    expect(seen.at(-1)).toEqual(['drop table a']);
  });

  it('is not judged again where it was approved, or where all of it could be read', () => {
    const { judge } = reader();
    const approval = { name: STEP.recorded.name, hash: 'abcdef01' };

    expect(checksOnTheWay({ ...STEP, approval }, judge)).toBeUndefined();
    expect(
      checksOnTheWay({ ...STEP, recorded: { ...STEP.recorded, isDynamic: false } }, judge),
    ).toBeUndefined();
  });
});
