import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createDataSource } from 'nestjs-rowguard';
import { cli } from '../../support/cli-run.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';

const FILE = join(process.cwd(), 'test/medium/cli/fixtures/shop.data-source.ts');

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly subject: string;
  readonly mend: readonly string[];
  readonly advice: string | null;
}

interface Report {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  readonly data: { readonly sql: readonly string[]; readonly entities: number };
}

/** What breaks a database, the rule that has to notice, and what is left after mending. */
const MENDABLE: readonly [rule: string, breaks: string, subject: string][] = [
  ['policy-missing', 'drop policy invoices_tenant_guard on invoices', 'public.invoices'],
  [
    'policy-drift',
    'alter policy invoices_tenant_isolation on invoices using (true)',
    'public.invoices',
  ],
  ['policy-stranger', 'create policy helpful on labels for select using (true)', 'public.labels'],
  ['row-security', 'alter table customers no force row level security', 'public.customers'],
  ['row-security', 'alter table letters disable row level security', 'public.letters'],
  ['tenant-default', 'alter table folders alter tenant_id drop default', 'public.folders'],
  ['tenant-function', 'drop function rowguard_tenant_id() cascade', 'public.rowguard_tenant_id'],
  ['grants', 'grant truncate on invoices to rowguard_app', 'public.invoices'],
  ['grants', 'grant insert on countries to public', 'public.countries'],
  ['grants', 'revoke select on labels from rowguard_app', 'public.labels'],
  [
    'unclassified',
    'create table stray (n int); grant select on stray to rowguard_app',
    'public.stray',
  ],
  [
    'view-invoker',
    'create view peek as select * from invoices; grant select on peek to rowguard_app',
    'public.peek',
  ],
  [
    'materialized-view-open',
    'create materialized view heap as select * from invoices; grant select on heap to rowguard_app',
    'public.heap',
  ],
  [
    'internal-open',
    'create table migrations (n int); grant select on migrations to rowguard_app',
    'public.migrations',
  ],
  [
    'definer-search-path',
    'create function reveal() returns bigint language sql security definer as $$ select count(*) from public.invoices $$',
    'reveal()',
  ],
];

/** Nothing that a statement could put right without knowing what the table means. */
const DECIDED_BY_PEOPLE: readonly [rule: string, breaks: string, severity: string][] = [
  ['unique-without-tenant', 'create unique index uq_note on customers (note)', 'error'],
  ['primary-key', 'alter table labels drop constraint pk_labels cascade', 'error'],
  [
    'tenant-nullable',
    'alter table letters drop constraint pk_letters cascade; alter table letters alter tenant_id drop not null',
    'error',
  ],
  [
    'reference-without-tenant',
    'create unique index uq_customer on customers (id); alter table letters add column other uuid references customers (id)',
    'error',
  ],
  ['table-missing', 'drop table letters cascade', 'error'],
  ['unclassified', 'create table nobodys (n int)', 'warning'],
  [
    'definer-function',
    "create function count_all() returns bigint language sql security definer set search_path = '' as $$ select count(*) from public.invoices $$",
    'warning',
  ],
];

describe('rowguard doctor', () => {
  let database: ScratchDatabase;

  const run = (words: string[] = []) => cli(['doctor', '-d', FILE, ...words]);
  const examine = async (): Promise<Report> => JSON.parse((await run(['--json'])).stdout) as Report;
  const as = (sql: string) => database.asOwner((client) => client.query(sql));
  const start = async (migrate: 'safe' | 'check' = 'safe') => {
    const source = createDataSource({ url: database.url, entities: SHOP, migrate });
    await source.initialize();
    await source.destroy();
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    process.env['SHOP_URL'] = database.url;
  });
  beforeEach(async () => {
    await as(
      'drop schema public cascade; create schema public; grant usage on schema public to public',
    );
    await as(`revoke temporary on database ${database.name} from public`);
    await start();
  });
  afterAll(() => database.drop());

  it('finds nothing in a database that the module has prepared', async () => {
    const { exitCode, stdout } = await run();

    expect(stdout).toContain('ok: nothing keeps this database from isolating tenants');
    expect(stdout).toMatch(/PostgreSQL \d+\.\d+, database rg_\w+, login postgres, \d+ entities/);
    expect(exitCode).toBe(0);
  });

  it.each(MENDABLE)('notices and mends %s: %s', async (rule, breaks, subject) => {
    await as(breaks);

    const broken = await examine();
    const script = await run(['--sql']);

    expect(broken.findings).toContainEqual(
      expect.objectContaining({ rule, subject, severity: 'error' }),
    );
    expect(broken.exitCode).toBe(3);
    expect(script.exitCode).toBe(3);

    await as(script.stdout);
    const mended = await examine();

    expect(mended.findings.filter((one) => one.rule === rule)).toEqual(
      // Without a right to it, a table nobody planned is only worth a word.
      rule === 'unclassified' ? [expect.objectContaining({ severity: 'warning' })] : [],
    );
    expect(mended.exitCode).toBe(0);
  });

  it.each(DECIDED_BY_PEOPLE)('advises on %s: %s', async (rule, breaks, severity) => {
    await as(breaks);

    const { findings, exitCode } = await examine();

    expect(findings).toContainEqual(
      expect.objectContaining({ rule, severity, mend: [], advice: expect.stringMatching(/./) }),
    );
    expect(exitCode).toBe(severity === 'error' ? 3 : 0);
  });

  it('changes nothing', async () => {
    await as('alter table invoices no force row level security');
    const before = await as('select max(xmin::text::bigint) from pg_class');

    await run();
    await run(['--sql']);

    const after = await as('select max(xmin::text::bigint) from pg_class');
    expect(after.rows).toEqual(before.rows);
    expect((await examine()).findings).toHaveLength(1);
  });

  it('shows the statements under what they mend, and one way to run them', async () => {
    await as(
      'drop policy invoices_tenant_guard on invoices; create unique index uq_note on customers (note)',
    );

    const { stdout } = await run();

    expect(stdout).toContain('error public.invoices (policy-missing)');
    expect(stdout).toContain(
      '  CREATE POLICY "invoices_tenant_guard" ON "public"."invoices" AS RESTRICTIVE',
    );
    expect(stdout).toContain('  Put tenant_id first, as @UniqueActive does');
    expect(stdout).toContain('2 errors, 0 warnings. To mend: rowguard doctor --sql | psql');
  });

  it('prints no SQL where nothing is to be mended', async () => {
    expect(await run(['--sql'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('keeps a name from the database out of the SQL and off the terminal', async () => {
    await as(`create table "odd""\nDROP TABLE invoices; --\u001b[31m" (n int);
      grant select on "odd""\nDROP TABLE invoices; --\u001b[31m" to rowguard_app`);

    const { stdout } = await run();
    const script = await run(['--sql']);
    await as(script.stdout);

    expect(stdout).not.toContain('\u001b');
    expect((await as("select to_regclass('invoices') as there")).rows).toEqual([
      { there: 'invoices' },
    ]);
    expect((await examine()).exitCode).toBe(0);
  });

  it('says nothing of tables where no entity is known', async () => {
    const { stdout, stderr, exitCode } = await cli(['doctor'], {
      directory: join(process.cwd(), 'test/medium/cli'),
      environment: { DATABASE_URL: database.url },
    });

    expect(stdout).toContain('ok:');
    expect(stderr).toContain('no entities are known');
    expect(exitCode).toBe(0);
  });

  it('is content with what the application starts on after mending', async () => {
    await as(
      'drop policy invoices_tenant_guard on invoices; drop function rowguard_tenant_id() cascade',
    );
    await expect(start('check')).rejects.toThrow();

    await as((await run(['--sql'])).stdout);

    await expect(start('check')).resolves.toBeUndefined();
  });
});
