import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  DatabaseUnavailableError,
  createDataSource,
  isConnectionError,
} from 'nestjs-rowguard';
import { freePort } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { errorOf } from '../../support/shop-database.js';
import { SHOP } from '../../support/shop.js';

const PASSWORD = 'hunter2';

describe('a connection that cannot be made', () => {
  let database: ScratchDatabase;
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    await database.drop();
  });

  const opened = async (options: DatabaseModuleOptions): Promise<DatabaseUnavailableError> => {
    const source = createDataSource({
      entities: SHOP,
      pool: { acquireTimeoutMs: 1_500 },
      ...options,
    });
    const error = await errorOf(() => source.initialize());
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(isConnectionError(error)).toBe(true);
    const told = JSON.stringify([error.message, error, (error as DatabaseUnavailableError).given]);
    expect(told).not.toContain(PASSWORD);
    return error as DatabaseUnavailableError;
  };
  /** Answers the first message with these bytes, or never. */
  const answering = async (answer?: Buffer): Promise<string> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (answer) socket.end(answer);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `postgresql://app:${PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}/app`;
  };

  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'to a port where nobody listens: %s',
    async (host) => {
      const port = await freePort();
      const error = await opened({ url: `postgresql://app:${PASSWORD}@${host}:${port}/app` });

      expect(error.message).toMatch(/Nobody listens|could be made/);
      expect(error.given).toMatchObject({ option: 'url', port, user: 'app', database: 'app' });
    },
  );

  it('to a host that is not there', async () => {
    const error = await opened({ url: `postgresql://app:${PASSWORD}@nowhere.invalid/app` });

    expect(error.message).toMatch(/nowhere\.invalid/);
  });

  it('with a wrong password', async () => {
    const { name } = await database.createLogin();
    const error = await opened({ url: database.urlFor(name, PASSWORD) });

    expect(error.message).toMatch(/refused the login "rg_login_\w+".*user and password in url/s);
    expect(error.cause).toMatchObject({ code: '28P01' });
  });

  it('with a wrong password of the login for the system, which is named', async () => {
    const { name, url } = await database.createLogin();
    const error = await opened({ url, adminUrl: database.urlFor(name, PASSWORD) });

    expect(error.message).toContain('user and password in adminUrl');
  });

  it('without a password', async () => {
    const url = new URL(database.url);
    url.password = '';

    expect((await opened({ url: url.toString() })).message).toMatch(/user and password in url/);
  });

  it('by a role that may not log in', async () => {
    const { name, url } = await database.createLogin();
    await database.asOwner((client) => client.query(`alter role ${name} nologin`));

    expect((await opened({ url })).cause).toMatchObject({ code: '28000' });
  });

  it('to a database that is not there', async () => {
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    const error = await opened({ url: url.toString() });

    expect(error.message).toContain('has no database "no_such_database"');
  });

  it('to a server that takes no more', async () => {
    const { url } = await database.createLogin('connection limit 0');
    const error = await opened({ url });

    expect(error.message).toContain('takes no more connections');
    expect(error.cause).toMatchObject({ code: '53300' });
  });

  it('to a server that is still starting', async () => {
    const fields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
    const length = Buffer.alloc(4);
    length.writeInt32BE(fields.length + 4);
    const url = await answering(Buffer.concat([Buffer.from('E'), length, Buffer.from(fields)]));

    expect((await opened({ url })).message).toContain('is starting up or shutting down');
  });

  it('to a server that never answers', async () => {
    const error = await opened({ url: await answering() });

    expect(error.message).toContain('in time');
  });

  it('to a server that hangs up', async () => {
    const error = await opened({ url: await answering(Buffer.alloc(0)) });

    expect(error.message).toMatch(/No connection .* could be made/);
  });
});
