import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditSeals, AuditPartitions, checkProof } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { cli } from '../../support/cli-run.js';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/audit/ledger.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { asSystem, eventually, writeRows } from '../../support/sealed-log.js';
import { ACME } from '../../support/shop.js';

const FILE = join(process.cwd(), 'test/medium/cli/fixtures/ledger.data-source.ts');
const KEY = generateKeyPairSync('ed25519');
const PEM = String(KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const SIGNED = ['--key', 'seal.pem', '--key-id', 'k1'];

describe('the commands of the sealed audit log', () => {
  let ledger: LedgerSource;
  let directory: string;

  beforeAll(async () => {
    ledger = await openLedger();
    process.env['LEDGER_URL'] = ledger.database?.url;
    directory = mkdtempSync(join(tmpdir(), 'rowguard-seal-'));
    writeFileSync(join(directory, 'seal.pem'), PEM);
    const pub = KEY.publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(join(directory, 'seal.pub.pem'), pub);
    await writeRows(ledger.source, 10);
  });
  afterAll(async () => {
    delete process.env['LEDGER_URL'];
    rmSync(directory, { recursive: true, force: true });
    await ledger.close();
  });

  const rowguard = (words: readonly string[], environment: Record<string, string> = {}) =>
    cli([...words, '-d', FILE], { directory, environment });
  const sealed = () =>
    eventually(
      async () => {
        await rowguard(['audit:seal', ...SIGNED, '--anchor', 'anchor.json']);
        // Other tests of the same server may keep rows from being sealed for a moment.
        return (await new AuditSeals(ledger.source).lag()).rows;
      },
      (rows) => rows === 0,
    );
  const verify = (...more: string[]) =>
    rowguard(['audit:verify', '--public-key', 'seal.pub.pem', '--anchor', 'anchor.json', ...more]);

  it('seal, keep the anchor, and find everything as it was', async () => {
    await sealed();

    const verified = await verify();
    const anchor = JSON.parse(readFileSync(join(directory, 'anchor.json'), 'utf8')) as object;

    expect(verified.stdout).toMatch(/rows in \d+ seals as they were; 0 not sealed yet.*\nintact\n/);
    expect(verified.exitCode).toBe(0);
    expect(anchor).toMatchObject({ seq: expect.any(Number), count: expect.any(Number) });
  });

  it.each([
    ['audit:verify', '--public-key', 'seal.pub.pem'],
    ['audit:seal', ...SIGNED],
    ['audit:prove', '--id', '1'],
    ['audit:erase', '--ids', '1', '--reason', 'test'],
    ['audit:retain', '--months', '1', '--public-key', 'seal.pub.pem', ...SIGNED],
  ])('%s fails where there is no log, and makes none', async (...words) => {
    const empty = await ScratchDatabase.create();
    const run = await cli(words, { directory, environment: { DATABASE_URL: empty.url } });
    const tables = await empty.asOwner(async (client) => {
      const { rows } = await client.query(
        `select relname from pg_class where relnamespace = 'public'::regnamespace`,
      );
      return rows as unknown[];
    });
    await empty.drop();

    expect(run.exitCode).toBe(ExitCode.Usage);
    expect(run.stderr).toContain('The database has no audit log');
    expect(tables).toEqual([]);
  });

  it('take the key itself from the environment', async () => {
    const run = await rowguard(['audit:seal', '--json'], {
      ROWGUARD_KEY: PEM,
      ROWGUARD_KEY_ID: 'k1',
    });

    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ data: { busy: false } });
  });

  it('exit with 3 and name the row when it was changed', async () => {
    await sealed();
    const set = (actor: string) =>
      runAsOwner('test', () =>
        ledger.source.transaction(async () => {
          await ledger.source.query('set local session_replication_role = replica');
          await ledger.source.query(`update audit_logs set actor_id = '${actor}' where id = 3`);
        }),
      );
    await set('forged');

    const text = await verify();
    const json = await verify('--json');
    const part = await verify('--from', '999');
    await set('ann');

    expect(text.exitCode).toBe(ExitCode.Found);
    expect(text.stdout).toContain('modified: row 3 of seal 1: it does not say what was sealed');
    expect(JSON.parse(json.stdout)).toMatchObject({
      data: { intact: false, counts: { modified: 1 } },
      findings: [{ rule: 'audit-modified', severity: 'error', subject: 'row 3 of seal 1' }],
    });
    expect(part.exitCode).toBe(0);
    expect((await verify()).exitCode).toBe(0);
  });

  it('write a proof that holds without the database', async () => {
    await sealed();

    const run = await rowguard(['audit:prove', '--id', '5', '--out', 'proof.json']);
    const printed = await rowguard(['audit:prove', '--id', '5']);
    const text = readFileSync(join(directory, 'proof.json'), 'utf8');

    expect(run.stdout).toContain('proof.json: row 5, sealed by seal 1');
    expect(printed.stdout).toBe(text);
    const { row, proof } = JSON.parse(text) as Parameters<typeof Object>[0];
    expect(checkProof(proof, row, KEY.publicKey).valid).toBe(true);
  });

  it('erase what is remembered of a row', async () => {
    const account = await asAnn(() =>
      ledger.source.getRepository(LedgerAccount).save({ name: 'to be erased' }),
    );
    const entity = ['--entity', 'LedgerAccount', '--id', account.id, '--tenant', ACME];

    const run = await rowguard(['audit:erase', ...entity, '--reason', 'request']);
    const byId = await rowguard(['audit:erase', '--ids', '1', '--ids', '2', '--reason', 'request']);
    await sealed();

    expect(run.stdout).toBe('the values of 1 rows are erased\n');
    expect(byId.stdout).toBe('the values of 2 rows are erased\n');
    expect((await verify()).stdout).toContain('3 erased\nintact');
  });

  it('keep old months as files and drop them', async () => {
    await runAsOwner('test', () =>
      ledger.source.query(
        `insert into audit_logs (tenant_id, at, actor_type, op) values ('${ACME}', '2019-02-03', 'user', 'read')`,
      ),
    );
    await new AuditPartitions(ledger.source).ensure();
    await sealed();
    const words = ['audit:retain', '--months', '24', ...SIGNED];

    const dry = await rowguard([...words, '--dry-run']);
    const run = await rowguard([...words, '--export', '.']);
    const again = await rowguard(words);

    expect(dry.stdout).toBe('2019-02: 1 rows would be dropped\n');
    expect(run.stdout).toMatch(
      /^2019-02: 1 rows dropped, kept as audit_logs_2019-02.jsonl sha256:[0-9a-f]{64}\n$/,
    );
    expect(again.stdout).toBe('no month is that old\n');
    const kept = readFileSync(join(directory, 'audit_logs_2019-02.jsonl'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ op: 'read', at: '2019-02-03T00:00:00.000Z' });
    expect((await verify()).exitCode).toBe(0);
  });

  it('go on sealing until they are stopped', async () => {
    const controller = new AbortController();
    const running = cli(
      ['audit:seal', '--every', '20ms', ...SIGNED, '--anchor', 'live.json', '-d', FILE],
      { directory, signal: controller.signal },
    );
    await writeRows(ledger.source, 2);
    const count = await eventually(
      () =>
        asSystem(() =>
          ledger.source.query<{ n: number }[]>(
            `select count(*)::int as n from audit_logs where id > (select coalesce(max(max_id), 0) from audit_seals)`,
          ),
        ),
      ([row]) => row?.n === 0,
    );
    controller.abort(130);

    expect(count).toEqual([{ n: 0 }]);
    expect((await running).exitCode).toBe(130);
  });

  it.each<[string, string[]]>([
    ['no key', ['audit:seal']],
    ['no id of the key', ['audit:seal', '--key', 'seal.pem']],
    ['a key that is not there', ['audit:seal', '--key', 'none.pem', '--key-id', 'k1']],
    ['a pause that is none', ['audit:seal', ...SIGNED, '--every', 'soon']],
    ['no pause at all', ['audit:seal', ...SIGNED, '--every', '0s']],
    [
      'an anchor that is not there',
      ['audit:verify', '--public-key', 'seal.pub.pem', '--anchor', 'none.json'],
    ],
    [
      'an anchor that is no JSON',
      ['audit:verify', '--public-key', 'seal.pub.pem', '--anchor', 'seal.pem'],
    ],
    ['a seal that is no number', ['audit:verify', '--public-key', 'seal.pub.pem', '--to', 'x']],
    ['no row to prove', ['audit:prove']],
    ['no months', ['audit:retain', ...SIGNED]],
    ['months that are none', ['audit:retain', ...SIGNED, '--months', '-1']],
    ['nothing to erase', ['audit:erase', '--reason', 'x']],
    [
      'two things to erase',
      ['audit:erase', '--ids', '1', '--entity', 'A', '--id', '1', '--reason', 'x'],
    ],
    ['no reason to erase', ['audit:erase', '--ids', '1']],
  ])('exit with 2 where the line has %s', async (_, words) => {
    const run = await rowguard(words);

    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('what to do:');
  });

  it('exit with 1 where no public key is given', async () => {
    const run = await rowguard(['audit:verify']);

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('No public key is given');
  });
});
