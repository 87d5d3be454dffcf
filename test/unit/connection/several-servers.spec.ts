import { describe, expect, it } from '@jest/globals';
import { type DatabaseModuleOptions, InvalidOptionsError } from 'nestjs-rowguard';
import pg from 'pg';
import { isServerAway } from '../../../src/connection/connection-loss.js';
import { type Address, readAddresses } from '../../../src/connection/transport/address.js';
import { ServerHosts } from '../../../src/connection/transport/server-hosts.js';
import type { SeatedClient } from '../../../src/connection/transport/seated-client.js';
import { REST_MS, type ServerSeat } from '../../../src/connection/transport/server-seat.js';
import { ServerUnfit } from '../../../src/connection/transport/server-unfit.js';
import { TenantPool } from '../../../src/connection/tenant-pool.js';
import { connectionPlanOf } from '../../../src/connection-plan-of-options.js';
import { readOptions } from '../../../src/read-options.js';
import { transportOf } from '../../../src/strategy-of-options.js';

const LOGIN = 'postgresql://app:hunter2@';

describe('the servers of an address', () => {
  it.each([
    ['a:1,b:2/shop', ['a:1', 'b:2']],
    ['a,b:2/shop', ['a:5432', 'b:2']],
    ['a:,b/shop', ['a:5432', 'b:5432']],
    ['[::1]:1,[fe80::2],c/shop', ['::1:1', 'fe80::2:5432', 'c:5432']],
    ['%2Frun%2Fa,b/shop', ['/run/a:5432', 'b:5432']],
    ['/shop?host=a,b&port=1,2', ['a:1', 'b:2']],
    ['/shop?host=/run/a,/run/b&port=7', ['/run/a:7', '/run/b:7']],
    ['a,b/shop?port=1,2', ['a:1', 'b:2']],
    ['c/shop?host=a,b', ['a:5432', 'b:5432']],
  ])('are read of %s', (text, places) => {
    const addresses = readAddresses(`${LOGIN}${text}`);

    expect(addresses.map(({ host, port }) => `${host}:${port}`)).toEqual(places);
    for (const { host, port, rest, user, database } of addresses) {
      expect([user, database]).toEqual(['app', 'shop']);
      // What node-postgres makes of it is what counts.
      const client = new pg.Client({ connectionString: rest });
      expect(client).toMatchObject({ host, port, user: 'app', database: 'shop' });
      expect(client.password).toBe('hunter2');
    }
  });

  it('keep what the address says beside them, however it is encoded', () => {
    const url = 'postgresql://a%40b:p%2C%3A%2F%20,@h,i:2/a%20b?options=-c%20x%3Dy&sslmode=disable';
    const [, second] = readAddresses(`${url}&target_session_attrs=primary`) as [Address, Address];
    const client = new pg.Client({ connectionString: second.rest });

    expect(client).toMatchObject({ host: 'i', port: 2, user: 'a@b', database: 'a b' });
    expect(client.password).toBe('p,:/ ,');
    expect((client as unknown as { connectionParameters: object }).connectionParameters).toEqual(
      expect.objectContaining({ options: '-c x=y' }),
    );
    expect(second).toMatchObject({ sessionAttrs: 'primary' });
    expect(second.rest).not.toMatch(/target_session_attrs|sslmode/);
  });

  it.each([
    ['an empty name', 'a,,b/shop', /has an empty name of host 2/],
    ['a comma at the end', 'a,/shop', /has an empty name of host 2/],
    ['a port that is no number', 'a:1,b:x/shop', /has a port of host 2 that is none/],
    ['a port that is too large', 'a:65536,b/shop', /has a port of host 1 that is none/],
    ['port 0', 'a:0/shop', /has a port that is none/],
    ['half a bracket', '[::1,b/shop', /has a host that cannot be read \(the 1\. one\)/],
    ['brackets around what is no IPv6', 'a,[b]/shop', /cannot be read \(the 2\. one\)/],
    ['two names with a colon', 'a:b:c/shop', /has a port that is none/],
    ['another number of ports', 'a,b,c/shop?port=1,2', /names 3 hosts and 2 ports/],
    ['a password that is not encoded', 'x/y@a,b/shop', /has a port that is none.*encode/],
    ['an attribute that is none', 'a,b/shop?target_session_attrs=hunter2', /neither read-write/],
    [
      'one for reads',
      'a/shop?target_session_attrs=standby',
      /those for reads belong into replicas/,
    ],
    ['any', 'a,b/shop?target_session_attrs=any', /neither read-write nor primary/],
  ])('are refused with %s, without a word of the address', (what, text, problem) => {
    const login = /encoded/.test(what) ? LOGIN.slice(0, -1) : LOGIN;
    const error = thrownBy(() => readOptions({ url: `${login}${text}` }, {}));
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error.message).toMatch(problem);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  it.each<[string, DatabaseModuleOptions, RegExp]>([
    ['a pooler', { strategy: 'pooler' }, /several servers, and strategy is pooler/],
    ['a WebSocket', { strategy: 'serverless' }, /several servers, and strategy is serverless/],
    ['replicas', { replicas: [`${LOGIN}r,s/shop`] }, /replicas names several servers/],
    [
      'a replica that is to be one',
      { url: `${LOGIN}a/shop`, replicas: [`${LOGIN}r/shop?target_session_attrs=primary`] },
      /replicas names several servers, or has target_session_attrs/,
    ],
  ])('do not go with %s', (_, options, problem) => {
    const read = (): unknown => readOptions({ url: `${LOGIN}a,b/shop`, ...options }, {});
    expect(read).toThrow(InvalidOptionsError);
    expect(read).toThrow(problem);
  });

  it('may be those of the system alone, behind which the application stays with its pooler', () => {
    const options = readOptions(
      { url: `${LOGIN}pool/shop`, strategy: 'pooler', adminUrl: `${LOGIN}a,b/shop` },
      {},
    );
    const transport = transportOf(options);
    expect(transport.hostsOf(options.url)).toBeUndefined();
    expect(transport.hostsOf(options.adminUrl)?.count).toBe(2);
  });

  it('are warned of where one of them is talked to in plain text', () => {
    const of = (url: string) => transportOf(readOptions({ url }, {})).warnings.join();
    expect(of(`${LOGIN}127.0.0.1,db.example/shop`)).toMatch(/db\.example \(url\) is not encrypted/);
    expect(of(`${LOGIN}127.0.0.1,localhost/shop`)).toBe('');
  });

  it('share the time to connect', () => {
    const url = `${LOGIN}a,b,c/shop`;
    const transport = transportOf(readOptions({ url }, {}));
    const applied = (ms: number): number | undefined =>
      transport.applied({ connectionString: url, connectionTimeoutMillis: ms })
        .connectionTimeoutMillis;
    expect(applied(3_000)).toBe(900);
    expect(applied(1)).toBe(1);
    expect(applied(0)).toBe(0);
  });
});

describe('which of the servers is next', () => {
  const addresses = readAddresses(`${LOGIN}a,b,c/shop`);
  const [a, b, c] = addresses as readonly Address[] as [Address, Address, Address];
  const hosts = (): ServerHosts => new ServerHosts(addresses, 'url', 'read-write');
  const next = (of: ServerHosts): string => of.seat().wanted.address.host;

  it('is the first one at the beginning, and then the one that took writes', () => {
    const of = hosts();
    expect(next(of)).toBe('a');
    of.met(b, 'primary');
    expect(next(of)).toBe('b');
    of.lost();
    expect(next(of)).toBe('a');
  });

  it('is none that was found unfit a moment ago, and a standby before one that is silent', async () => {
    const of = hosts();
    of.met(a, 'silent');
    expect(next(of)).toBe('b');
    of.met(b, 'standby');
    expect(next(of)).toBe('c');
    of.met(c, 'silent');
    expect(next(of)).toBe('b');
    await new Promise((resolve) => setTimeout(resolve, REST_MS + 10));
    expect(next(of)).toBe('b');
  });

  it('is not for long the one that has let others wait', async () => {
    const of = hosts();
    of.met(a, 'silent', 60_000);
    of.met(b, 'silent');
    of.met(c, 'silent');
    await new Promise((resolve) => setTimeout(resolve, REST_MS + 10));
    expect(next(of)).toBe('b');
  });

  it('is only another one where the server is away, not where it refuses', async () => {
    const error = (code: string): Error => Object.assign(new Error('no'), { code });
    for (const code of ['ECONNREFUSED', 'ETIMEDOUT', '57P01', '57P03'])
      expect(isServerAway(error(code))).toBe(true);
    for (const code of ['28P01', '3D000', '53300', '42501'])
      expect(isServerAway(error(code))).toBe(false);
    expect(isServerAway(new Error('timeout expired'))).toBe(true);
    expect(isServerAway(undefined)).toBe(false);

    let attempts = 0;
    const attempt = (failure: Error) => async (): Promise<never> => {
      attempts++;
      throw failure;
    };
    const refused = new Error('the password is wrong');
    await expect(hosts().inTurn(attempt(refused))).rejects.toBe(refused);
    expect(attempts).toBe(1);
    const none = hosts().inTurn(attempt(new ServerUnfit('away', error('ECONNREFUSED'))));
    await expect(none).rejects.toMatchObject({
      code: 'ROWGUARD_DATABASE_UNAVAILABLE',
      given: { servers: 3 },
      cause: { code: 'ECONNREFUSED' },
    });
    expect(attempts).toBe(4);
  });
});

/** A connection to nobody, which says of its session what it is told to say. */
class Pretended {
  readonly stream = { destroyed: false };
  readonly wire = {
    stream: this.stream,
    on: (_: string, listener: Hears) => void (this.hears = listener),
  };
  isIdle = true;
  cuts = 0;
  connects = 0;
  ends = 0;
  private hears: Hears | undefined;

  constructor(private readonly says: Readonly<Record<string, string>> = {}) {}

  readonly connect = async (): Promise<void> => {
    this.connects++;
    for (const [name, value] of Object.entries(this.says)) this.say(name, value);
  };
  say(parameterName: string, parameterValue: string): void {
    this.hears?.({ parameterName, parameterValue });
  }
  once(): void {}
  cut(): void {
    this.cuts++;
  }
  async end(): Promise<void> {
    this.ends++;
  }
}
type Hears = (status: { parameterName: string; parameterValue: string }) => void;

describe('a connection to one of the servers', () => {
  const addresses = readAddresses(`${LOGIN}a,b/shop`);
  const [a, b] = addresses as readonly Address[] as [Address, Address];
  const openOn = (
    of: ServerHosts,
    client: Pretended,
  ): { seat: ServerSeat; done: Promise<void> } => {
    const seat = of.seat();
    return { seat, done: seat.open(client as unknown as SeatedClient, client.connect) };
  };

  it.each([
    ['read-write', { in_hot_standby: 'on' }, false],
    ['read-write', { in_hot_standby: 'off', default_transaction_read_only: 'on' }, false],
    ['read-write', { in_hot_standby: 'off', default_transaction_read_only: 'off' }, true],
    ['primary', { in_hot_standby: 'off', default_transaction_read_only: 'on' }, true],
    ['primary', { in_hot_standby: 'on' }, false],
  ] as const)('is taken as %s with %j: %s', async (attrs, says, isTaken) => {
    const of = new ServerHosts(addresses, 'url', attrs);
    const client = new Pretended(says);
    const { done } = openOn(of, client);
    if (isTaken) await done;
    else await expect(done).rejects.toThrow(ServerUnfit);
    expect(client.ends).toBe(isTaken ? 0 : 1);
    expect(of.seat().wanted.address).toBe(isTaken ? a : b);
  });

  it('is not asked for again while all are left alone, and by nobody who gave up meanwhile', async () => {
    const of = new ServerHosts(addresses, 'url', 'read-write');
    of.met(a, 'standby');
    of.met(b, 'standby');
    const [waits, gone] = [new Pretended(), new Pretended()];
    const waited = openOn(of, waits).done;
    const given = openOn(of, gone).done;
    gone.stream.destroyed = true;
    await expect(given).rejects.toThrow(/nobody waits/);
    await waited;
    expect([waits.connects, gone.connects]).toEqual([1, 0]);

    of.met(a, 'silent', 60_000);
    of.met(b, 'silent', 60_000);
    const refused = new Pretended();
    await expect(openOn(of, refused).done).rejects.toThrow(/asked a moment ago/);
    expect(refused.connects).toBe(0);
  });

  it('is cut when another one takes writes, and when it is idle and its server is in doubt', async () => {
    const of = new ServerHosts(addresses, 'url', 'read-write');
    const [busy, idle, other] = [new Pretended(), new Pretended(), new Pretended()];
    busy.isIdle = false;
    const { seat, done } = openOn(of, busy);
    await done;
    await openOn(of, idle).done;
    expect(seat.takesWrites).toBe(true);
    busy.say('default_transaction_read_only', 'on');
    expect(seat.takesWrites).toBe(false);
    expect([busy.cuts, idle.cuts]).toEqual([0, 1]);

    of.met(a, 'silent');
    const next = openOn(of, other);
    await next.done;
    expect(next.seat.wanted.address).toBe(b);
    expect([busy.cuts, other.cuts]).toEqual([1, 0]);
  });
});

describe('a pool of several servers that was ended', () => {
  it('answers whoever asks it once', async () => {
    const options = readOptions({ url: `${LOGIN}a,b/shop` }, {});
    const pool = new TenantPool({
      connectionString: options.url as string,
      plan: connectionPlanOf(options),
      connectionTimeoutMillis: 20,
    });
    await pool.end();
    const answers: unknown[] = [];
    pool.connect((error) => answers.push(error));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(answers).toEqual([expect.objectContaining({ message: expect.stringMatching(/end/) })]);
  });
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
