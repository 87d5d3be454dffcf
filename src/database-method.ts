import { isLocal, readAddresses } from './connection/transport/address.js';
import { isPooledUrl } from './connection/transport/transport.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What DB_METHOD may say, and the variable that holds the address then. */
const VARIABLE_OF = {
  LOCAL_PROXY: 'DATABASE_URL_LOCAL_PROXY',
  NEON_BRANCH: 'DATABASE_URL',
  PRODUCTION: 'DATABASE_URL',
} as const;

type Method = keyof typeof VARIABLE_OF;

interface Asked {
  readonly url?: unknown;
  readonly adminUrl?: unknown;
  readonly ssl?: unknown;
  readonly strategy?: unknown;
}

/**
 * What DB_METHOD adds to the environment: which of its addresses is used, and that a server of Neon
 * is never talked to in plain text. Code that names an address has chosen already.
 */
export function addressesOfMethod(
  environment: Environment,
  merged: Asked,
  given: Asked,
): Record<string, unknown> {
  const word = environment['DB_METHOD']?.trim() ?? '';
  if (word === '' || (given.url ?? undefined) !== undefined) return {};
  if (!Object.hasOwn(VARIABLE_OF, word)) throw unknownMethod(word);
  const method = word as Method;
  const url = environment[VARIABLE_OF[method]]?.trim();
  if (!url) throw missingVariable(method);
  return method === 'LOCAL_PROXY' ? { url } : { url, ...ofNeon(url, environment, merged) };
}

function ofNeon(url: string, environment: Environment, merged: Asked): Record<string, unknown> {
  const addresses = readAddresses(url);
  const [{ tls }] = addresses;
  const unpooled = environment['DATABASE_URL_UNPOOLED']?.trim();
  const saysTls = tls.size > 0 || merged.ssl !== undefined || merged.strategy === 'serverless';
  return {
    ...(saysTls || addresses.every(({ host }) => isLocal(host)) ? {} : { ssl: 'require' }),
    // Schema work needs a session, which a pooler in transaction mode does not keep.
    ...(unpooled && isPooledUrl(url) && merged.adminUrl === undefined
      ? { adminUrl: unpooled }
      : {}),
  };
}

function unknownMethod(word: string): InvalidOptionsError {
  const shown = word.includes('://') ? 'not shown, it may hold a password' : word.slice(0, 60);
  return new InvalidOptionsError({
    problem: `DB_METHOD is none that is known (given: ${shown})`,
    mend: `Set it to ${Object.keys(VARIABLE_OF).join(', ')}, or remove it and set DATABASE_URL`,
  });
}

function missingVariable(method: Method): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `DB_METHOD is ${method}, and ${VARIABLE_OF[method]} is not set`,
    mend: `Set ${VARIABLE_OF[method]} to the address of the server; files such as .env are not read`,
    given: { method, variable: VARIABLE_OF[method] },
  });
}
