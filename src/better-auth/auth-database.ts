import { AsyncLocalStorage } from 'node:async_hooks';
import type { BetterAuthOptions } from 'better-auth';
import { type DBAdapter, createAdapterFactory } from 'better-auth/adapters';
import type { DataSource } from 'typeorm';
import { TenantContext, type TransactionHost } from '../context/tenant-context.js';
import { currentScope, runInScope } from '../context/unit-store.js';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { AuthStore, type Privileged } from './auth-store.js';
import { authTables, newAuthId } from './auth-tables.js';
import { TokenSeal } from './token-seal.js';

export interface AuthDatabaseSettings {
  /** What session tokens are sealed with. Default: the secret of better-auth. */
  readonly tokenSecret?: string;
}

export type AuthDatabase = (options: BetterAuthOptions) => DBAdapter;

const REASON = 'better-auth';
const HOOKS = { kind: 'tenantless', reason: 'hooks of better-auth' } as const;
const SHORTEST_SECRET = 32;

const asSystem: Privileged = (work) => TenantContext.runAsSystem(REASON, work);

/**
 * A data source as better-auth's `database`. Each of its statements is system work; the hooks of
 * the application, which run between them, keep the rights of whoever called.
 */
export function authDatabase(
  source: DataSource,
  settings: AuthDatabaseSettings = {},
): AuthDatabase {
  return (options) => {
    const seal = new TokenSeal(secretOf(options, settings));
    const adapterFor = (privileged: Privileged, isInTransaction: boolean): DBAdapter =>
      createAdapterFactory({
        config: {
          adapterId: 'rowguard',
          adapterName: 'Rowguard',
          supportsJSON: true,
          supportsNumericIds: false,
          customIdGenerator: newAuthId,
          customTransformInput: (cell) => {
            const text: unknown = cell.data;
            if (!isToken(cell)) return text;
            return Array.isArray(text) ? text.map((one) => sealed(seal, one)) : sealed(seal, text);
          },
          customTransformOutput: (cell) => {
            const text: unknown = cell.data;
            // A token that was sealed with another secret cannot be used, and is not shown.
            return isToken(cell) && typeof text === 'string' ? (seal.open(text) ?? '') : text;
          },
          transaction: isInTransaction
            ? false
            : (work) => inTransaction(source, (inside) => work(adapterFor(inside, true))),
        },
        adapter: () => new AuthStore(source, privileged),
      })(options);
    return adapterFor(asSystem, false);
  };
}

/**
 * The statements run inside of the transaction; what the application hooks in between them runs
 * for whom it ran before, or for no tenant.
 */
function inTransaction<T>(
  source: DataSource,
  work: (inside: Privileged) => Promise<T>,
): Promise<T> {
  const caller = currentScope() ?? HOOKS;
  return asSystem(() =>
    (source as unknown as TransactionHost).joinTransaction(() => {
      const inside = AsyncLocalStorage.snapshot();
      return runInScope(caller, () => work((statement) => inside(statement)));
    }),
  );
}

function isToken({ model, field }: { readonly model: string; readonly field: string }): boolean {
  return model === authTables.session.modelName && field === 'token';
}

function sealed(seal: TokenSeal, token: unknown): unknown {
  return typeof token === 'string' ? seal.seal(token) : token;
}

function secretOf(options: BetterAuthOptions, settings: AuthDatabaseSettings): string {
  const { BETTER_AUTH_SECRET, AUTH_SECRET } = process.env;
  const secret =
    settings.tokenSecret ??
    options.secrets?.[0]?.value ??
    (options.secret || BETTER_AUTH_SECRET || AUTH_SECRET);
  if (secret !== undefined && secret.length >= SHORTEST_SECRET) return secret;
  throw new InvalidOptionsError({
    problem: `There is no secret of at least ${SHORTEST_SECRET} characters to seal session tokens with`,
    mend: 'Give betterAuth a secret, or authDatabase a tokenSecret',
  });
}
