import { betterAuth } from 'better-auth';
import { authDatabase, authTables } from 'nestjs-rowguard/better-auth';
import type { DataSource } from 'typeorm';

export const AUTH_SECRET = 'a secret of the tests, long enough to be one';
export const PASSWORD = 'correct horse battery staple';
const ORIGIN = 'http://localhost:3000';

export interface Told {
  readonly level: string;
  readonly text: string;
}

/** As an application sets it up: the library unchanged, on the shipped tables. */
export function createAuth(source: DataSource, told: Told[] = []) {
  return betterAuth({
    ...authTables,
    emailAndPassword: {
      ...authTables.emailAndPassword,
      sendResetPassword: ({ token }) => {
        resetTokens.push(token);
        return Promise.resolve();
      },
    },
    user: { ...authTables.user, deleteUser: { enabled: true } },
    database: authDatabase(source),
    secret: AUTH_SECRET,
    baseURL: ORIGIN,
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: {
      log: (level, message, ...more) => {
        told.push({ level, text: [message, ...more.map((one) => JSON.stringify(one))].join(' ') });
      },
    },
    databaseHooks: { user: { create: { before: (user) => beforeSignUp(user) } } },
  });
}

type Hook = (user: object) => Promise<void>;
const hooks: Hook[] = [];
/** What was sent by mail to set a password again. */
export const resetTokens: string[] = [];

/** Runs `hook` before the next person is created. */
export function onceBeforeSignUp(hook: Hook): void {
  hooks.push(hook);
}

function beforeSignUp(user: object): Promise<void> {
  return hooks.pop()?.(user) ?? Promise.resolve();
}

/** A browser: it keeps its cookies. */
export class AuthClient {
  private cookies = new Map<string, string>();

  constructor(private readonly auth: ReturnType<typeof createAuth>) {}

  async send(path: string, body?: object): Promise<Response> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await this.auth.handler(
      new Request(`${ORIGIN}/api/auth${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', origin: ORIGIN, cookie },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
    for (const one of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (one.split(';')[0] ?? '').split(/=(.*)/s);
      this.cookies.set(name, value);
    }
    return answer;
  }

  signUp(email: string, name = 'Bea'): Promise<Response> {
    return this.send('/sign-up/email', { name, email, password: PASSWORD });
  }

  signIn(email: string, password = PASSWORD): Promise<Response> {
    return this.send('/sign-in/email', { email, password });
  }

  async session(): Promise<SessionBody | null> {
    return (await (await this.send('/get-session')).json()) as SessionBody | null;
  }
}

export interface SessionBody {
  readonly user: { readonly id: string; readonly email: string };
  readonly session: { readonly token: string };
}
