import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import {
  type DatabaseModuleOptions,
  DatabaseUnavailableError,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import type { TenantClient } from '../../../src/connection/tenant-client.js';
import { Authority } from '../../support/certificates.js';
import { underneath } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { TlsServer } from '../../support/tls-server.js';

jest.setTimeout(120_000);

const OF_SESSION = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';

describe('a server with TLS', () => {
  let tls: TlsServer;
  let ca: string;
  const opened: RowguardDataSource[] = [];
  const warned: string[] = [];

  beforeAll(async () => {
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (text: string) => warned.push(text),
    });
    tls = await TlsServer.start();
    ca = tls.authority.certificate;
    const client = new pg.Client({ connectionString: tls.server.url });
    await client.connect();
    await client.query(`create role plain login password 'pw'`);
    await client.end();
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) if (source.isInitialized) await source.destroy();
    warned.length = 0;
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await tls.stop();
  });

  const address = (host = 'localhost', query = ''): string => {
    const url = new URL(tls.server.url);
    url.hostname = host;
    url.search = query;
    return url.toString();
  };
  const open = async (options: DatabaseModuleOptions): Promise<RowguardDataSource> => {
    const source = createDataSource({ entities: SHOP, url: address(), ...options });
    opened.push(source);
    return source.initialize();
  };
  /** Past the walls, which keep tenants from looking at sessions. */
  const ofRunner = async (source: RowguardDataSource): Promise<unknown> => {
    const runner = source.createQueryRunner();
    try {
      const { rows } = await (await underneath(runner)).bare(OF_SESSION);
      return rows[0]?.['ssl'];
    } finally {
      await runner.release();
    }
  };
  const isEncrypted = async (source: RowguardDataSource): Promise<unknown[]> => [
    await TenantContext.run({ tenantId: ACME }, () => ofRunner(source)),
    await TenantContext.runAsSystem('a look', () => ofRunner(source)),
  ];

  it.each<[string, () => DatabaseModuleOptions]>([
    ['ca as PEM', () => ({ ssl: { ca } })],
    ['ca as a file', () => ({ ssl: { ca: tls.authorityFile } })],
    ['ca as bytes', () => ({ ssl: { ca: Buffer.from(ca) } })],
    ['verify-ca', () => ({ ssl: { ca, mode: 'verify-ca' } })],
    [
      'sslrootcert in the address',
      () => ({ url: address('localhost', `sslmode=verify-full&sslrootcert=${tls.authorityFile}`) }),
    ],
    [
      'sslmode=require and ca',
      () => ({ url: address('127.0.0.1', 'sslmode=require'), ssl: { ca } }),
    ],
    [
      'sslmode=require as libpq means it',
      () => ({
        url: address(
          'localhost',
          `uselibpqcompat=true&sslmode=require&sslrootcert=${tls.authorityFile}`,
        ),
      }),
    ],
    [
      'another login for the system',
      () => ({
        ssl: { ca },
        url: address().replace('postgres:secret', 'plain:pw'),
        adminUrl: address('127.0.0.1'),
      }),
    ],
    [
      'direct negotiation',
      () => ({ url: address('localhost', 'sslnegotiation=direct'), ssl: { ca } }),
    ],
  ])('is talked to encrypted, by tenants and the system, with %s', async (_, options) => {
    expect(await isEncrypted(await open(options()))).toEqual([true, true]);
    expect(warned).toEqual([]);
  });

  it('is talked to encrypted for reads of a replica as well', async () => {
    const source = await open({ ssl: { ca }, replicas: [address('127.0.0.1')] });
    const [pool] = source.replicas?.pools ?? [];
    const client = await TenantContext.run({ tenantId: ACME }, () => pool?.connect());
    const { rows } = await (client as unknown as TenantClient).bare(OF_SESSION);
    client?.release();

    expect(rows).toEqual([{ ssl: true }]);
  });

  it.each<[string, () => DatabaseModuleOptions, RegExp]>([
    ['an authority that nobody knows', () => ({ ssl: true }), /could not be trusted .*ssl\.ca/s],
    [
      'the wrong authority',
      () => ({ ssl: { ca: Authority.create('Other').certificate } }),
      /could not be trusted .*ssl\.ca/s,
    ],
    [
      'the wrong authority of verify-ca',
      () => ({ ssl: { ca: Authority.create('Other').certificate, mode: 'verify-ca' } }),
      /could not be trusted .*ssl\.ca/s,
    ],
    [
      'another name',
      () => ({ ssl: { ca, servername: 'other.rowguard.test' } }),
      /another name than localhost.*ssl\.servername/s,
    ],
  ])('is refused with %s, and the error says what to do', async (_, options, sentence) => {
    const error = await errorOf(() => open(options()));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain('secret');
  });

  it('is refused for the system alone where its login says something else', async () => {
    const other = `sslmode=verify-full&sslrootcert=${tls.directory}/other.pem`;
    writeFileSync(join(tls.directory, 'other.pem'), Authority.create('Other').certificate);
    const urls = { url: address('localhost', `sslrootcert=${tls.authorityFile}`) };

    const error = await errorOf(() => open({ ...urls, adminUrl: address('localhost', other) }));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ given: { option: 'adminUrl' } });
  });

  it('is known by another name where that is given', async () => {
    const source = await open({ ssl: { ca, servername: 'db.rowguard.test' } });

    expect(await isEncrypted(source)).toEqual([true, true]);
  });

  it('that nobody checks is talked to with one line that says so', async () => {
    const source = await open({ ssl: 'no-verify' });

    expect(await isEncrypted(source)).toEqual([true, true]);
    expect(warned).toEqual([expect.stringContaining('nobody checks whom it talks to')]);
  });

  it('is talked to in plain text where that is said, without a line', async () => {
    expect(await isEncrypted(await open({ ssl: false }))).toEqual([false, false]);
    expect(warned).toEqual([]);
  });
});

describe('a server without TLS', () => {
  it('is refused where TLS is asked for, and the error says what to do', async () => {
    const url = new URL(process.env['ROWGUARD_TEST_URL'] ?? '');
    url.searchParams.set('sslmode', 'require');
    const source = createDataSource({ url: url.toString(), entities: SHOP });

    const error = await errorOf(() => source.initialize());

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(/does not encrypt.*sslmode=disable/s);
  });
});
