import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DatabaseModuleOptions, InvalidOptionsError } from 'nestjs-rowguard';
import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import type pg from 'pg';
import { isLocal, readAddress } from '../../../src/connection/transport/address.js';
import { webSocketAddress } from '../../../src/connection/transport/web-socket.js';
import { readOptions } from '../../../src/read-options.js';
import { transportOf } from '../../../src/strategy-of-options.js';
import { Authority, type Certificate } from '../../support/certificates.js';

const URL = 'postgresql://app:hunter2@db.example:5433/app';

/** What node-postgres is given for an address. */
function given(options: DatabaseModuleOptions, environment: Record<string, string> = {}) {
  const read = readOptions({ url: URL, ...options }, environment);
  const transport = transportOf(read);
  const config: pg.ClientConfig = { connectionString: read.url as string };
  const { ssl, connectionString: url } = transport.applied(config);
  return { warnings: transport.warnings, ssl, url };
}

describe('the address of a server', () => {
  it.each([
    [URL, { host: 'db.example', port: 5433, user: 'app', database: 'app', rest: URL }],
    ['postgresql:///app', { host: 'localhost', port: 5432, user: '', database: 'app' }],
    ['postgres://u%40x:p@[::1]/a%20b', { host: '::1', user: 'u@x', database: 'a b' }],
    ['postgresql://u:p@/app?host=/var/run', { host: '/var/run', port: 5432 }],
    ['postgresql://u:p@h/app?port=1&user=v', { host: 'h', port: 1, user: 'v' }],
    ['postgresql://u:%zz@h/app', { host: 'h', user: 'u' }],
    [
      `${URL}?sslmode=require&options=-c%20a%3Db&sslrootcert=/x`,
      { rest: `${URL}?options=-c%20a%3Db` },
    ],
  ])('%s is read', (url, expected) => {
    expect(readAddress(url)).toMatchObject(expected);
    expect(JSON.stringify({ ...readAddress(url), rest: '' })).not.toContain('hunter2');
  });

  it.each([
    ['localhost', true],
    ['db.localhost', true],
    ['127.0.0.5', true],
    ['::1', true],
    ['/var/run/postgresql', true],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['10.0.0.1', false],
    ['db', false],
  ])('%s is this machine: %s', (host, local) => {
    expect(isLocal(host)).toBe(local);
  });
});

describe('the address of a WebSocket', () => {
  it.each([
    [undefined, 'ep-a.neon.tech', 5432, 'wss://ep-a.neon.tech/v2?address=ep-a.neon.tech:5432'],
    ['proxy.example/v1', 'db', 5433, 'wss://proxy.example/v1?address=db:5433'],
    ['ws://localhost:8080', '::1', 5432, 'ws://localhost:8080?address=[::1]:5432'],
    ['wss://proxy.example/?key=1', 'db', 5432, 'wss://proxy.example/?key=1&address=db:5432'],
    [(host: string) => `${host}.example/ws`, 'db', 5432, 'wss://db.example/ws'],
  ])('by %p for %s:%i is %s', (proxy, host, port, address) => {
    expect(webSocketAddress(proxy, host, port)).toBe(address);
  });
});

describe('how a connection is encrypted', () => {
  let directory: string;
  let authority: Authority;
  let own: Certificate;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'rowguard-transport-'));
    authority = Authority.create('authority');
    own = authority.issue(['client']);
    writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each<[string, DatabaseModuleOptions, object | false]>([
    ['nothing', {}, false],
    ['ssl: false', { ssl: false }, false],
    ['ssl: true', { ssl: true }, { rejectUnauthorized: true }],
    ['require', { ssl: 'require' }, { rejectUnauthorized: true }],
    ['verify-full', { ssl: 'verify-full' }, { rejectUnauthorized: true }],
    ['no-verify', { ssl: 'no-verify' }, { rejectUnauthorized: false }],
    ['rejectUnauthorized', { ssl: { rejectUnauthorized: false } }, { rejectUnauthorized: false }],
    ['an object', { ssl: {} }, { rejectUnauthorized: true }],
    ['sslmode=disable', { url: `${URL}?sslmode=disable` }, false],
    ['sslmode=require', { url: `${URL}?sslmode=require` }, { rejectUnauthorized: true }],
    ['sslmode=no-verify', { url: `${URL}?sslmode=no-verify` }, { rejectUnauthorized: false }],
    ['ssl=true', { url: `${URL}?ssl=true` }, { rejectUnauthorized: true }],
    ['ssl=0', { url: `${URL}?ssl=0` }, false],
    [
      'require, and no-verify beside it',
      { url: `${URL}?sslmode=require`, ssl: 'no-verify' },
      { rejectUnauthorized: false },
    ],
    [
      'require as libpq means it',
      { url: `${URL}?sslmode=require&uselibpqcompat=true` },
      { rejectUnauthorized: false },
    ],
  ])('by %s', (_, options, ssl) => {
    const outcome = given(options);

    if (ssl === false) expect(outcome.ssl).toBe(false);
    else expect(outcome.ssl).toMatchObject(ssl);
    expect(outcome.url).toBe(URL);
  });

  it.each<[string, (file: string) => string, boolean]>([
    ['verify-ca', (file) => `sslmode=verify-ca&sslrootcert=${file}`, true],
    [
      'require as libpq means it, with an authority',
      (file) => `sslmode=require&uselibpqcompat=true&sslrootcert=${file}`,
      true,
    ],
    ['verify-full', (file) => `sslmode=verify-full&sslrootcert=${file}`, false],
  ])('by %s: whoever it vouches for is checked, whatever the name: %s', (_, query, any) => {
    const { ssl } = given({ url: `${URL}?${query(join(directory, 'ca.pem'))}` });

    const { rejectUnauthorized, checkServerIdentity } = ssl as ConnectionOptions;
    expect(rejectUnauthorized).toBe(true);
    const other = { subject: { CN: 'other.example' } } as PeerCertificate;
    expect(checkServerIdentity?.('db.example', other)).toBeUndefined();
    expect(checkServerIdentity !== undefined).toBe(any);
  });

  it('from the first byte on where the address says so', () => {
    const url = `${URL}?sslnegotiation=direct`;
    const config = transportOf(readOptions({ url }, {})).applied({ connectionString: url });

    expect(config).toMatchObject({
      ssl: { rejectUnauthorized: true },
      sslnegotiation: 'direct',
      connectionString: URL,
    });
  });

  it('by certificates of the option, whatever the address says beside it', () => {
    const ssl = { ca: authority.certificate, cert: own.certificate, key: own.key };
    const outcome = given({ url: `${URL}?sslmode=require`, ssl });

    expect(outcome.ssl).toMatchObject({ ...ssl, rejectUnauthorized: true });
  });

  it('by files and variables', () => {
    const file = join(directory, 'ca.pem');
    const ca = authority.certificate;
    const escaped = ca.trim().replaceAll('\n', '\\n');

    for (const [options, environment] of [
      [{ ssl: { ca: file } }, {}],
      [{ url: `${URL}?sslmode=verify-ca&sslrootcert=${file}` }, {}],
      [{}, { DATABASE_SSL_CA: file }],
      [{}, { DATABASE_SSL_CA: file, DATABASE_SSL: 'true' }],
      [{}, { DATABASE_SSL_CA: file, DATABASE_SSL: 'verify-ca' }],
    ] as const) {
      expect(given(options, environment).ssl).toMatchObject({ ca });
    }
    expect(given({}, { DATABASE_SSL_CA: escaped }).ssl).toMatchObject({ ca: ca.trim() });
  });

  it.each<[string, DatabaseModuleOptions, RegExp]>([
    ['two words that do not agree', { url: `${URL}?sslmode=disable`, ssl: true }, /do not agree/],
    ['two others', { url: `${URL}?sslmode=require`, ssl: false }, /do not agree/],
    ['a check and none', { url: `${URL}?sslmode=verify-full`, ssl: 'no-verify' }, /do not agree/],
    ['itself', { ssl: { mode: 'verify-full', rejectUnauthorized: false } }, /do not agree/],
    ['prefer', { url: `${URL}?sslmode=prefer` }, /url says sslmode=prefer.*plain text/],
    ['an sslmode that is none', { url: `${URL}?sslmode=hunter2` }, /url has an sslmode/],
    ['verify-ca without one', { ssl: 'verify-ca' }, /verify-ca is asked for url, and no cert/],
    [
      'a file that is not there',
      { ssl: { ca: '/no/such/hunter2' } },
      /ssl\.ca \(DATABASE_SSL_CA\)/,
    ],
    ['what is no certificate', { ssl: { ca: '-----BEGIN nothing' } }, /for url cannot be used/],
    ['a wrong key', { ssl: { key: '-----BEGIN hunter2' } }, /for url cannot be used/],
    ['a file of the address', { url: `${URL}?sslcert=/no/such` }, /sslcert in url/],
    ['a wrong word for a replica', { replicas: [`${URL}?sslmode=allow`] }, /replicas says/],
    ['a wrong word for the system', { adminUrl: `${URL}?sslmode=allow` }, /adminUrl says/],
  ])('is refused with %s', (_, options, problem) => {
    expect(() => given(options)).toThrow(InvalidOptionsError);
    expect(() => given(options)).toThrow(problem);
    expect(() => given(options)).toThrow(/^(?!.*hunter2)/);
  });

  it('is refused where DATABASE_SSL_CA stands beside a word that looks at none', () => {
    const ca = join(directory, 'ca.pem');

    for (const word of ['false', 'no-verify', 'disable', 'perhaps']) {
      expect(() => given({}, { DATABASE_SSL: word, DATABASE_SSL_CA: ca })).toThrow('DATABASE_SSL');
    }
  });

  it.each<[string, DatabaseModuleOptions, RegExp | undefined]>([
    ['plain text that nobody chose', {}, /db\.example \(url\) is not encrypted/],
    ['plain text that was chosen', { ssl: false }, undefined],
    ['plain text that was chosen there', { url: `${URL}?sslmode=disable` }, undefined],
    ['plain text on this machine', { url: 'postgresql://app@localhost/app' }, undefined],
    ['no check', { ssl: 'no-verify' }, /nobody checks whom it talks to/],
    ['a check', { ssl: true }, undefined],
    ['a WebSocket', { strategy: 'serverless' }, undefined],
    [
      'a plain WebSocket elsewhere',
      { strategy: 'serverless', serverless: { proxy: 'ws://proxy.example' } },
      /WebSocket to proxy\.example .* not encrypted/,
    ],
    [
      'a plain WebSocket here',
      { strategy: 'serverless', serverless: { proxy: 'ws://localhost:1' } },
      undefined,
    ],
  ])('is told where it is less safe than it looks: %s', (_, options, warning) => {
    const { warnings } = given(options);

    if (warning) expect(warnings).toEqual([expect.stringMatching(warning)]);
    else expect(warnings).toEqual([]);
    expect(warnings.join()).not.toContain('hunter2');
  });
});
