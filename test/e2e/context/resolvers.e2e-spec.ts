import { createHmac, timingSafeEqual } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  type INestApplication,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  DatabaseModule,
  type TenantRequest,
  type TenantResolver,
  createDataSource,
  fromHeader,
  fromJwtClaim,
  fromSubdomain,
  fromUser,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { HttpClient } from '../http-client.js';
import { type Binding, NotesController } from './notes.controller.js';
import { FIRST, NOTES, SECOND, notesOf, seedNotes } from './notes.js';
import { PLATFORMS, createApp } from './start-app.js';

const SECRET = 'only for this test';

/** Stands for an authentication guard: believes its caller. */
class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const incoming = context.switchToHttp().getRequest<TenantRequest & { user?: object }>();
    const [tenantId, id] = String(incoming.headers['x-login'] ?? '').split('/');
    if (tenantId && id) incoming.user = { tenantId, id };
    return true;
  }
}

function sign(claims: object, secret = SECRET): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${payload}.${createHmac('sha256', secret).update(payload).digest('base64url')}`;
}

function verify(token: string): Record<string, unknown> {
  const [payload = '', signature = ''] = token.split('.');
  const wanted = createHmac('sha256', SECRET).update(payload).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new UnauthorizedException();
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

/** fetch does not let a caller choose the Host header. */
function askHost(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${url}/notes`, { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(PLATFORMS)('the tenant of a request on %s', (platform) => {
  let database: ScratchDatabase;
  let app: INestApplication | undefined;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    const source = createDataSource({ url: database.url, entities: NOTES });
    await source.initialize();
    await seedNotes(source);
    await source.destroy();
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  afterAll(() => database.drop());

  async function start(resolve: TenantResolver | undefined): Promise<HttpClient> {
    const tenancy = resolve ? { tenancy: { resolve } } : {};
    const root = DatabaseModule.forRoot({ url: database.url, entities: NOTES, ...tenancy });
    const providers = [{ provide: APP_GUARD, useClass: LoginGuard }];
    app = await createApp({ imports: [root], controllers: [NotesController], providers }, platform);
    return HttpClient.start(app);
  }

  const missing = { status: 500, body: { error: 'TenantContextMissingError' } };

  it('comes from the header that was named, in any case', async () => {
    const http = await start(fromHeader('X-Customer'));

    const found = await http.call('/notes', { headers: { 'x-customer': FIRST.toUpperCase() } });
    const other = await http.call('/notes', { headers: { 'x-tenant-id': FIRST } });

    expect(found.body).toEqual(notesOf(FIRST));
    expect(other).toMatchObject(missing);
  });

  it('comes from the user whom a guard has authenticated, who is the actor', async () => {
    const http = await start(fromUser());

    const login = { headers: { 'x-login': `${SECOND}/u-7` } };
    const notes = await http.call('/notes', login);
    const binding = await http.call<Binding>('/binding', login);
    const nobody = await http.call('/notes');

    expect(notes.body).toEqual(notesOf(SECOND));
    expect(binding.body).toMatchObject({ tenant: SECOND, actor: 'u-7' });
    expect(nobody).toMatchObject(missing);
  });

  it('comes from a verified token, and a forged one is refused', async () => {
    const http = await start(fromJwtClaim('tid', { verify }));
    const bearing = (token: string) =>
      http.call('/notes', { headers: { authorization: `Bearer ${token}` } });

    const genuine = await bearing(sign({ tid: FIRST, sub: 'u-1' }));
    const forged = await bearing(sign({ tid: FIRST, sub: 'u-1' }, 'guessed'));
    const withoutClaim = await bearing(sign({ sub: 'u-1' }));
    const withoutToken = await http.call('/notes');

    expect(genuine.body).toEqual(notesOf(FIRST));
    expect(forged.status).toBe(401);
    expect(withoutClaim).toMatchObject(missing);
    expect(withoutToken).toMatchObject(missing);
  });

  it('comes from the subdomain, which a forwarded host cannot change', async () => {
    const names = new Map([['one', FIRST]]).set('two', SECOND);
    const lookup = (name: string) => Promise.resolve(names.get(name));
    const { url } = await start(fromSubdomain({ baseDomain: 'example.test', lookup }));

    const one = await askHost(url, { host: 'one.example.test:8080' });
    const forwarded = await askHost(url, {
      host: 'one.example.test',
      'x-forwarded-host': 'two.example.test',
    });
    const others = ['three.example.test', 'example.test', 'a.one.example.test', 'one.evil.test'];

    expect(JSON.parse(one)).toEqual(notesOf(FIRST));
    expect(JSON.parse(forwarded)).toEqual(notesOf(FIRST));
    for (const host of others) {
      expect(JSON.parse(await askHost(url, { host }))).toEqual(missing.body);
    }
  });

  it('comes from a function that has to wait, and may name the actor and the request', async () => {
    const http = await start(async (incoming) => {
      await sleep(2);
      const tenantId = String(incoming.headers['x-key']) === 'key of one' ? FIRST : SECOND;
      return { tenantId, actorId: 'robot', requestId: 'given' };
    });

    const one = await http.call<Binding>('/binding', { headers: { 'x-key': 'key of one' } });

    expect(one.body).toEqual({ tenant: FIRST, actor: 'robot', request: 'given' });
  });

  it('is not asked for by a tenantless route', async () => {
    let asked = 0;
    const http = await start(() => {
      asked++;
      return FIRST;
    });

    const countries = await http.call('/countries');

    expect(countries.body).toEqual(['NL']);
    expect(asked).toBe(0);
  });

  it('stays unknown when the function throws, and the handler does not run', async () => {
    const http = await start((incoming) => {
      if (incoming.headers['x-blocked']) throw new ForbiddenException();
      throw new Error('the directory is down');
    });

    const blocked = await http.call('/notes', { headers: { 'x-blocked': '1' } });
    const broken = await http.call('/notes');

    expect(blocked).toMatchObject({ status: 403, body: { error: 'ForbiddenException' } });
    expect(broken).toMatchObject({ status: 500, body: { error: 'Error' } });
  });

  it.each([
    ['undefined', () => undefined],
    ['null', () => null],
  ])(
    'that is answered with %s is an error as soon as the database is used',
    async (_n, resolve) => {
      const http = await start(resolve);

      await expect(http.call('/notes')).resolves.toMatchObject(missing);
      await expect(http.call('/binding')).resolves.toMatchObject(missing);
    },
  );

  it.each([
    ['an empty text', ''],
    ['a slug', 'acme'],
    ['a number', 42],
    ['an object without a tenant', { actorId: 'x' }],
    ['a text that is a UUID and more', `${FIRST}' or true`],
  ])('that is answered with %s is refused', async (_what, answer) => {
    const http = await start(() => answer as string);

    await expect(http.call('/notes')).resolves.toMatchObject({
      status: 500,
      body: { error: 'InvalidContextError' },
    });
  });

  it('is nobody where no resolver was given', async () => {
    const http = await start(undefined);

    await expect(http.call('/notes', { headers: { 'x-tenant-id': FIRST } })).resolves.toMatchObject(
      missing,
    );
    await expect(http.call('/countries')).resolves.toMatchObject({ body: ['NL'] });
  });
});
