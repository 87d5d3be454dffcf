import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { driftOfSource } from '../../../src/cli/migrations/drift-of-source.js';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { cli } from '../../support/cli-run.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

type Change = readonly [what: string, sql: string, rule: string, subject: string];

/** What somebody may do by hand, each with what has to be told of it. */
const CHANGES: readonly Change[] = [
  [
    'an unknown table',
    'CREATE TABLE scratchpad (id int PRIMARY KEY)',
    'drift-relation',
    'scratchpad',
  ],
  [
    'an unknown column',
    'ALTER TABLE projects ADD COLUMN mood text',
    'drift-column',
    'projects.mood',
  ],
  [
    'another type',
    'ALTER TABLE api_keys ALTER COLUMN name TYPE varchar(999)',
    'entities-differ',
    'api_keys',
  ],
  [
    'a lost NOT NULL',
    'ALTER TABLE workspaces ALTER COLUMN name DROP NOT NULL',
    'drift-column',
    'workspaces.name',
  ],
  [
    'another default',
    `ALTER TABLE tools ALTER COLUMN created_at SET DEFAULT '2000-01-01'`,
    'drift-column',
    'tools.created_at',
  ],
  ['an unknown index', 'CREATE INDEX by_hand ON projects (name)', 'drift-index', 'by_hand'],
  [
    'a check not validated',
    'ALTER TABLE projects ADD CONSTRAINT hand CHECK (version < 999) NOT VALID',
    'constraint-not-validated',
    'projects.hand',
  ],
  [
    'a table not forced',
    'ALTER TABLE agents NO FORCE ROW LEVEL SECURITY',
    'drift-relation',
    'agents',
  ],
  ['a lost policy', 'DROP POLICY agents_tenant_guard ON agents', 'drift-policy', 'agents'],
  ['an unknown policy', 'CREATE POLICY open ON tools USING (true)', 'drift-policy', 'tools'],
  ['a right too many', 'GRANT TRUNCATE ON invoices TO rowguard_app', 'drift-grants', 'invoices'],
  [
    'an unknown trigger',
    'CREATE TRIGGER hand BEFORE UPDATE ON tools FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'drift-trigger',
    'hand',
  ],
  [
    'an unknown function',
    `CREATE FUNCTION by_hand_too() RETURNS int LANGUAGE sql RETURN 1`,
    'drift-function',
    'by_hand_too()',
  ],
];

describe('schema:drift', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped('all');
  });
  afterAll(() => shipped.close());

  it('finds nothing where nothing was changed, and everything that was', async () => {
    const before = await driftOfSource(shipped.source);
    await shipped.database?.asOwner(async (client) => {
      for (const [, sql] of CHANGES) await client.query(sql);
      await client.query('CREATE TABLE full_of_twins (code int)');
      await client.query('INSERT INTO full_of_twins VALUES (1), (1)');
      await client
        .query('CREATE UNIQUE INDEX CONCURRENTLY half_made ON full_of_twins (code)')
        .catch(() => undefined);
      const { rows } = await client.query<{ name: string; definition: string }>(
        `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
         where i.indpred is not null and i.indrelid = 'projects'::regclass limit 1`,
      );
      const [partial] = rows;
      await client.query(`DROP INDEX ${partial?.name}`);
      await client.query(`${partial?.definition.replace(/ WHERE .*$/, ' WHERE (version > 7)')}`);
      await client
        .query(
          'CREATE TRIGGER t BEFORE INSERT ON scratchpad FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
        )
        .catch(() => undefined);
    });
    const { findings } = await driftOfSource(shipped.source);

    expect(before.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(before.warnings).toEqual([]);
    const told = findings.map(({ rule, subject }) => `${rule} ${subject}`);
    for (const [what, , rule, subject] of CHANGES) {
      expect({ what, isTold: told.includes(`${rule} ${subject}`) }).toEqual({ what, isTold: true });
    }
    expect(told).toContain('index-invalid half_made');
    const predicate = findings.find(({ problem }) => problem.includes('(version > 7)'));
    expect(predicate?.rule).toBe('drift-index');
    expect(told.filter((one) => one.includes('scratchpad')).sort()).toEqual(
      expect.arrayContaining(['drift-relation scratchpad']),
    );
    expect(told).not.toContain('drift-column scratchpad.id');
  }, 120_000);

  it('exits with 3 only where it is asked to check', async () => {
    process.env['DRIFT_URL'] = shipped.database?.url ?? '';
    const file = join(process.cwd(), 'test/medium/migrator/fixtures/drift.data-source.ts');
    await shipped.database?.asOwner((client) =>
      client.query('CREATE TABLE IF NOT EXISTS extra (id int)'),
    );
    const look = await cli(['schema:drift', '-d', file]);
    const check = await cli(['schema:drift', '-d', file, '--check', '--json']);
    delete process.env['DRIFT_URL'];
    await shipped.database?.asOwner((client) => client.query('DROP TABLE extra'));
    expect(look.exitCode).toBe(ExitCode.Ok);
    expect(look.stdout).toMatch(/^extra {2}the relation is declared nowhere/m);
    expect(check.exitCode).toBe(ExitCode.Found);
  }, 120_000);
});
