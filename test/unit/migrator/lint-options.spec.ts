import { describe, expect, it } from '@jest/globals';
import { type LintOptions, lintMigrations } from 'nestjs-rowguard';
import { lintReport } from '../../../src/migrator/lint/lint-report.js';
import type { RecordedMigration } from '../../../src/migrator/recording/recorded-migration.js';
import { migration, recorded } from '../../support/migrator/recorded.js';
import { one, steps } from '../../support/migrator/rule-fixture.js';

const INDEX = 'CREATE INDEX i ON orders (a)';
const rules = async (migrations: readonly RecordedMigration[], options?: LintOptions) =>
  (await lintMigrations(migrations, options)).map(({ rule }) => rule);

describe('an ignore in a comment', () => {
  it.each([
    ['before the statement', `-- db-ignore B01: ten rows\n${INDEX}`],
    ['behind it on the line', `${INDEX}; -- db-ignore B01: ten rows`],
    ['inside of it', `CREATE INDEX i /* db-ignore B01: ten rows */ ON orders (a)`],
    ['for several rules', `-- db-ignore F01, B01: ten rows\nCREATE UNIQUE INDEX i ON orders (a)`],
    ['inside of a block', `DO $$ BEGIN\n -- db-ignore B01: ten rows\n ${INDEX};\nEND $$`],
    ['behind letters of several bytes', `SELECT 'größe 😀';\n-- db-ignore B01: ten rows\n${INDEX}`],
  ])('holds %s', async (_, sql) => {
    expect(await rules(migration(sql))).toEqual([]);
  });

  it('holds for its statement alone', async () => {
    const found = await lintMigrations(
      migration(`-- db-ignore B01: ten rows\n${INDEX}; CREATE INDEX j ON orders (b)`),
    );

    expect(found.map(({ rule, sql }) => `${rule} ${sql}`)).toEqual([
      'B01 CREATE INDEX j ON orders (b)',
    ]);
  });

  it.each([
    ['without a reason', `-- db-ignore B01\n${INDEX}`],
    ['with an empty reason', `-- db-ignore B01:   \n${INDEX}`],
    ['with an empty reason in a block comment', `/* db-ignore B01: */ ${INDEX}`],
  ])('does nothing, and is reported, %s', async (_, sql) => {
    expect((await rules(migration(sql))).toSorted()).toEqual(['B01', 'L01']);
  });

  it('is reported where nothing needs it', async () => {
    const [found] = await lintMigrations(
      migration('-- db-ignore B01: ten rows\nALTER TABLE orders ADD COLUMN a int'),
    );

    expect(found).toMatchObject({ rule: 'L02', severity: 'style', line: 1 });
    expect(found?.problem).toContain('B01');
  });

  it('is none within a literal', async () => {
    expect(
      await rules(migration(`COMMENT ON TABLE orders IS '-- db-ignore B01: ten rows'; ${INDEX}`)),
    ).toEqual(['B01']);
  });

  it('only explains what destroys: that needs an approval', async () => {
    const sql = '-- db-ignore D01: moved to the archive\nDROP TABLE orders';
    const { findings } = await lintReport(migration(sql));

    expect(findings).toEqual([
      expect.objectContaining({ rule: 'D01', explained: 'moved to the archive' }),
    ]);
    expect(await rules(migration(sql), { destructive: 'ignorable' })).toEqual([]);
  });
});

describe('the options', () => {
  const name = recorded(one(INDEX))[0]?.name ?? '';

  it('ignore a rule in one migration, with a reason', async () => {
    const ignores = [{ migration: name, rule: 'B01', reason: 'ten rows' }];

    expect(await rules(migration(INDEX), { ignores })).toEqual([]);
    expect(await rules(recorded(steps('SELECT 1', INDEX)), { ignores })).toEqual(['L02', 'B01']);
    expect(await rules(migration(INDEX), { ignores: [{ ...ignores[0]!, reason: ' ' }] })).toEqual([
      'B01',
      'L01',
    ]);
  });

  it('do not let what destroys pass by an ignore', async () => {
    const ignores = [{ migration: name, rule: 'D01', reason: 'moved' }];

    expect(await rules(migration('DROP TABLE orders'), { ignores })).toEqual(['D01']);
  });

  it('change the severity of a rule, or switch it off', async () => {
    const [found] = await lintMigrations(migration(INDEX), { severities: { B01: 'style' } });

    expect(found?.severity).toBe('style');
    expect(await rules(migration(INDEX), { severities: { B01: 'off' } })).toEqual([]);
  });

  it('name tables so small that no lock on them lasts', async () => {
    expect(await rules(migration(INDEX), { smallTables: ['orders'] })).toEqual([]);
    expect(await rules(migration(INDEX), { smallTables: ['public.orders'] })).toEqual([]);
    expect(await rules(migration(INDEX), { smallTables: ['other.orders'] })).toEqual(['B01']);
    expect(await rules(migration('DROP TABLE orders'), { smallTables: ['orders'] })).toEqual([
      'D01',
    ]);
  });

  it('leave out what ran before anybody judged, and still know what it made', async () => {
    const all = recorded(
      steps(
        'CREATE TABLE "public"."a" (n varchar(50)); DROP TABLE b',
        'ALTER TABLE a ALTER COLUMN n TYPE varchar(80)',
        'ALTER TABLE a ALTER COLUMN n TYPE varchar(20)',
      ),
    );
    const [first] = all;

    for (const startAfter of [first?.name ?? '', first?.timestamp ?? 0]) {
      const found = await rules(all, { startAfter, severities: { S02: 'off' } });

      expect(found).toEqual(['D07', 'B12']);
    }
  });

  it('take every migration for itself where those before it are in use', async () => {
    const all = recorded(steps('CREATE TABLE "public"."a" (n bigint)', 'CREATE INDEX i ON a (n)'));

    expect(await rules(all)).toEqual([]);
    expect(await rules(all, { batches: 'each' })).toEqual(['B01']);
  });

  it('take rules of their own, which see every statement and its surroundings', async () => {
    const seen: string[] = [];
    const found = await lintMigrations(
      migration('CREATE TABLE a (b int)', 'DO $$ BEGIN ANALYZE a; END $$'),
      {
        severities: { S06: 'off' },
        rules: [
          (statement, { migration: { name: of }, isNew, inTransaction }) => {
            seen.push(`${statement.kind} ${statement.place} ${inTransaction}`);
            if (statement.kind !== 'VacuumStmt') return [];
            void isNew;
            return [{ rule: 'X01', severity: 'fails', problem: `in ${of}`, mend: 'Leave it' }];
          },
        ],
      },
    );

    expect(seen).toEqual(['CreateStmt sent true', 'DoStmt sent true', 'VacuumStmt block true']);
    expect(found).toEqual([
      expect.objectContaining({ rule: 'X01', statement: 1, sql: 'ANALYZE a', mend: 'Leave it' }),
    ]);
  });

  it.each([
    [{ severities: { B01: 'loud' } }, 'The severity "loud" of the rule B01'],
    [{ ignores: [{ migration: 'A', rule: 'B01' }] }, 'lacks its migration, its rule or its reason'],
    [{ rules: ['B01'] }, 'is not a function'],
    [{ smallTables: [''] }, 'A small table has no name'],
    [{ startAfter: 'Unknown' }, 'The migration "Unknown" of startAfter is not known'],
  ])('are refused with a word on what to do: %j', async (options, sentence) => {
    await expect(lintMigrations(migration(INDEX), options as never)).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
      message: expect.stringContaining(sentence),
    });
  });
});

describe('a migration as a whole', () => {
  const [plain] = recorded(one('CREATE TABLE "public"."a" (b bigint)')) as [RecordedMigration];

  it('is not known where it stopped without an answer, or asked for one', async () => {
    expect(await rules([{ ...plain, stoppedBy: new Error('no rows') }])).toEqual(['D14']);
    const asks = recorded(one('SELECT * FROM a')).map((one) => ({ ...one, isDynamic: true }));
    expect(await rules(asks)).toEqual(['D14']);
    const calls = recorded(one('SELECT f()')).map((one) => ({ ...one, isDynamic: true }));
    expect(await rules(calls)).toEqual([]);
  });

  it('should have a way down that sends something', async () => {
    const down: RecordedMigration = { ...plain, direction: 'down', statements: [] };

    expect(await rules([plain, down])).toEqual(['N02']);
    expect(await rules([plain, { ...down, stoppedBy: new Error('no') }])).toEqual(['N02']);
    expect(await rules([plain, { ...down, statements: [{ sql: 'DROP TABLE a' }] }])).toEqual([]);
  });

  it('is judged on its way down where only that is given', async () => {
    const down: RecordedMigration = {
      ...plain,
      direction: 'down',
      statements: [{ sql: 'DROP TABLE a' }],
    };

    expect(await rules([down])).toEqual(['D01']);
  });

  it('has a timestamp of its own, at the end of its name', async () => {
    expect(await rules([plain, { ...plain, name: `Other${plain.timestamp}` }])).toEqual([
      'N03',
      'N03',
    ]);
    expect(await rules([{ ...plain, name: 'Plain' }])).toEqual(['N03']);
  });

  it('is not parsed when there is none', async () => {
    expect(await lintMigrations([])).toEqual([]);
  });
});
