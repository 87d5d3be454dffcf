import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { betterAuth } from 'better-auth';
import { Account, Session, TenantContext, User } from 'nestjs-rowguard';
import { authDatabase, authTables } from 'nestjs-rowguard/better-auth';
import type { DataSource } from 'typeorm';
import { ACME } from '../support/shop.js';
import {
  ANNA,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../support/shipped-source.js';

const SECRET = 'a secret of the tests, long enough to be one';
const PASSWORD = 'correct horse battery staple';
const ORIGIN = 'http://localhost:3000';
const SERVERS = [
  ['a server with one login', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

/** As an application sets it up: the library unchanged, on the shipped tables. */
function createAuth(source: DataSource) {
  return betterAuth({
    ...authTables,
    database: authDatabase(source),
    secret: SECRET,
    baseURL: ORIGIN,
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
  });
}

describe.each(SERVERS)('better-auth on %s', (_, open) => {
  let shipped: ShippedSource;
  let auth: ReturnType<typeof createAuth>;
  const system = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('a look', work);
  const over = (path: string, body: object | undefined, cookie = '') =>
    auth.handler(
      new Request(`${ORIGIN}/api/auth${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', origin: ORIGIN, cookie },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
  const signUp = async (email: string) => {
    const answer = await over('/sign-up/email', { name: 'Bea', email, password: PASSWORD });
    return { answer, cookie: cookieOf(answer) };
  };

  beforeAll(async () => {
    shipped = await open(['identity']);
    auth = createAuth(shipped.source);
  });
  afterAll(() => shipped.close());

  it('signs a person up, reads the session and signs out over HTTP', async () => {
    const { answer, cookie } = await signUp('bea@people.example');

    expect(answer.status).toBe(200);
    const session = (await (await over('/get-session', undefined, cookie)).json()) as SessionBody;
    expect(session.user).toMatchObject({ email: 'bea@people.example', name: 'Bea' });
    expect((await over('/sign-out', {}, cookie)).status).toBe(200);
    await expect((await over('/get-session', undefined, cookie)).json()).resolves.toBeNull();
  });
});

interface SessionBody {
  readonly user: object;
  readonly session: { readonly token: string };
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}
