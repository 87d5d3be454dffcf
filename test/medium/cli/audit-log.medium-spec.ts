import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Audit, TenantContext, uuidV7 } from 'nestjs-rowguard';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { type CliRun, cli } from '../../support/cli-run.js';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/audit/ledger.js';
import { ACME, GLOBEX } from '../../support/shop.js';

const FILE = join(process.cwd(), 'test/medium/cli/fixtures/ledger.data-source.ts');

interface Exported {
  readonly id: number;
  readonly tenant_id: string;
  readonly op: string;
  readonly diff: Record<string, [unknown, unknown]> | null;
}

describe('the audit log on the command line', () => {
  let ledger: LedgerSource;
  let directory: string;

  const accounts = () => ledger.source.getRepository(LedgerAccount);
  const run = (...words: string[]) => cli([...words, '-d', FILE], { directory });
  const lines = (text: string) => text.trimEnd().split(/\r?\n/);
  const exported = (ran: CliRun) => lines(ran.stdout).map((one) => JSON.parse(one) as Exported);

  beforeAll(async () => {
    ledger = await openLedger();
    directory = await mkdtemp(join(tmpdir(), 'rowguard-audit-'));
    process.env['LEDGER_URL'] = ledger.database?.url ?? '';
  });
  afterAll(async () => {
    delete process.env['LEDGER_URL'];
    await rm(directory, { recursive: true });
    await ledger.close();
  });

  it('shows what happened to one row', async () => {
    const { id } = await asAnn(() =>
      accounts().save({ name: 'first', secret: 'hush', stamp: Buffer.from([1]) }),
    );
    await asAnn(() => accounts().update({ id }, { name: 'second' }));

    const text = await run('audit:history', '--entity', 'LedgerAccount', '--id', id);
    const json = await run(
      'audit:history',
      '--entity',
      'LedgerAccount',
      '--id',
      id,
      '--tenant',
      ACME,
      '--limit',
      '1',
      '--json',
    );
    const other = await run(
      'audit:history',
      '--entity',
      'LedgerAccount',
      '--id',
      id,
      '--tenant',
      GLOBEX,
    );

    expect(text.exitCode).toBe(ExitCode.Ok);
    expect(text.stdout).toMatch(/update {2}LedgerAccount .* by user ann/);
    expect(text.stdout).toContain('  name: "first" -> "second"');
    expect(text.stdout).toContain('  stamp: null -> "\\\\x01"');
    expect(text.stdout).toContain('  secret: [masked]');
    expect(text.stdout).not.toContain('hush');
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'audit:history',
      exitCode: 0,
      data: {
        changes: [{ op: 'update', changes: { name: { from: 'first', to: 'second' } } }],
        next: expect.any(String),
      },
    });
    expect(other.stdout).toBe('nothing is known of it\n');
  });

  it('shows the newest changes, oldest of them first, by entity, actor and tenant', async () => {
    await asAnn(() => accounts().save({ name: 'tailed' }));
    await TenantContext.run({ tenantId: GLOBEX, actorId: 'gus' }, () =>
      accounts().save({ name: 'of globex' }),
    );

    const all = await run('audit:tail', '--lines', '2');
    const ofActor = await run('audit:tail', '--actor', 'gus', '--entity', 'LedgerAccount');
    const ofTenant = await run('audit:tail', '--tenant', ACME);

    expect(all.stdout.indexOf('tailed')).toBeGreaterThan(0);
    expect(all.stdout.indexOf('of globex')).toBeGreaterThan(all.stdout.indexOf('tailed'));
    expect(ofActor.stdout).toContain('of globex');
    expect(ofActor.stdout).not.toContain('tailed');
    expect(ofTenant.stdout).not.toContain('of globex');
  });

  it('shows what is committed beside a transaction that goes on', async () => {
    await ledger.source.transaction(async () => {
      await asAnn(() => new Audit(ledger.source).note('unfinished'));
      await ledger.database?.asOwner((client) =>
        client.query(
          `insert into audit_logs (tenant_id, op, actor_type, action) values ($1, 'note', 'user', 'beside it')`,
          [ACME],
        ),
      );

      const shown = await run('audit:tail', '--lines', '1');

      expect(shown.stdout).toContain('beside it');
    });
  });

  it('follows what is committed, also what began long before it', async () => {
    const controller = new AbortController();
    const written: string[] = [];
    const audit = new Audit(ledger.source);
    const following = cli(['audit:tail', '--follow', '--interval', '20', '-d', FILE], {
      directory,
      signal: controller.signal,
      onWrite: (text) => written.push(text),
    });
    const until = async (word: string) => {
      for (let left = 1_500; left > 0 && !written.join('').includes(word); left--) await wait(20);
      expect(written.join('')).toContain(word);
    };

    await asAnn(() => audit.note('at the start'));
    await until('at the start');
    await asAnn(() =>
      ledger.source.transaction(async () => {
        await audit.note('slow');
        await ledger.database?.asOwner((client) =>
          client.query(
            `insert into audit_logs (tenant_id, op, actor_type, action) values ($1, 'note', 'user', 'quick')`,
            [ACME],
          ),
        );
        await wait(200);
        expect(written.join('')).not.toContain('quick');
      }),
    );
    await until('quick');
    const text = written.join('');
    controller.abort(ExitCode.Interrupted);

    expect((await following).exitCode).toBe(ExitCode.Interrupted);
    expect(text.indexOf('"slow"')).toBeGreaterThan(0);
    expect(text.indexOf('"quick"')).toBeGreaterThan(text.indexOf('"slow"'));
    expect(text.split('"slow"')).toHaveLength(2);
  });

  it('writes the log out as it is stored, one object a line', async () => {
    const id = uuidV7();
    await asAnn(() =>
      accounts().insert({
        id,
        name: 'password: x',
        points: '9007199254740993',
        balance: '0.100000',
      }),
    );

    const rows = await run('audit:export', '--entity', 'LedgerAccount', '--tenant', ACME);
    const mine = exported(rows).at(-1);

    expect(rows.exitCode).toBe(ExitCode.Ok);
    expect(exported(rows).every((one) => one.tenant_id === ACME)).toBe(true);
    expect(mine).toMatchObject({ op: 'insert', diff: { name: [null, 'password: x'] } });
    expect(lines(rows.stdout).at(-1)).toContain('9007199254740993');
    expect(lines(rows.stdout).at(-1)).toContain('0.100000');
    expect(rows.stdout).not.toContain('salt');
  });

  it('writes a table in which no cell is a formula', async () => {
    await asAnn(() => new Audit(ledger.source).note('=HYPERLINK("http://evil.example", "a")'));

    const { stdout } = await run('audit:export', '--format', 'csv');

    expect(lines(stdout)[0]).toMatch(/^id,at,tx,tenant_id,op,/);
    expect(stdout).toContain(`"'=HYPERLINK(""http://evil.example"", ""a"")"`);
    expect(stdout).not.toMatch(/(^|,)"?[=+\-@]/m);
  });

  it('writes all of a long log into a file, which is there only when it is whole', async () => {
    await asAnn(() =>
      ledger.source.query(
        `insert into accounts (id, name) select gen_random_uuid(), 'many' from generate_series(1, 2500)`,
      ),
    );
    const [count] = await TenantContext.runAsSystem('a test', () =>
      ledger.source.query<{ n: number }[]>('select count(*)::int as n from audit_logs'),
    );

    const ran = await run('audit:export', '--out', 'log.jsonl', '--json');
    const text = await readFile(join(directory, 'log.jsonl'), 'utf8');
    const refused = await run('audit:export', '--out', 'missing/log.jsonl');

    expect(JSON.parse(ran.stdout)).toMatchObject({
      data: { rows: count?.n, format: 'jsonl', file: 'log.jsonl' },
    });
    expect(lines(text)).toHaveLength(count?.n ?? 0);
    expect(await readdir(directory)).toEqual(['log.jsonl']);
    expect(refused.exitCode).toBe(ExitCode.Usage);
  });

  it('writes the rows of a time', async () => {
    await asAnn(() => new Audit(ledger.source).note('too early'));
    const [now] = await TenantContext.runAsSystem('a test', () =>
      ledger.source.query<{ at: Date }[]>('select max(at) as at from audit_logs'),
    );
    const from = new Date((now?.at.getTime() ?? 0) + 1).toISOString();
    await wait(5);
    await asAnn(() => new Audit(ledger.source).note('in time'));

    const rows = await run('audit:export', '--from', from, '--to', '2999-01-01');

    expect(exported(rows)).toHaveLength(1);
  });

  it('leaves triggers alone where it knows no entities', async () => {
    const url = ledger.database?.url ?? '';
    const triggers = () =>
      ledger.database?.asOwner(async (client) => {
        const { rows } = await client.query(
          `select count(*)::int as n from pg_trigger where tgname like 'rowguard_audit%'`,
        );
        return rows[0] as { n: number };
      });
    const before = await triggers();
    await asAnn(() => new Audit(ledger.source).note('seen'));

    const ran = await cli(['audit:tail', '--lines', '1'], {
      directory,
      environment: { DATABASE_URL: url },
    });

    expect(ran.exitCode).toBe(ExitCode.Ok);
    expect(lines(ran.stdout)[0]).toMatch(/ by /);
    expect(await triggers()).toEqual(before);
  });

  it.each([
    ['no entity', ['audit:history', '--id', 'x']],
    ['an entity that is none', ['audit:history', '--entity', 'LedgerAcount', '--id', 'x']],
    ['no id', ['audit:history', '--entity', 'LedgerAccount']],
    ['an id that is no JSON', ['audit:history', '--entity', 'LedgerAccount', '--id', '{']],
    ['a tenant that is none', ['audit:tail', '--tenant', 'acme']],
    ['no number of lines', ['audit:tail', '--lines', '0']],
    ['JSON without an end', ['audit:tail', '--follow', '--json']],
    ['a format that is none', ['audit:export', '--format', 'xml']],
    ['a time that is none', ['audit:export', '--from', 'yesterday']],
    ['two answers', ['audit:export', '--json']],
  ])('refuses %s as a mistake of whoever typed it', async (_what, words) => {
    expect((await run(...words)).exitCode).toBe(ExitCode.Usage);
  });
});
