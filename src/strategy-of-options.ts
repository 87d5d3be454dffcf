import { isSslMode } from './connection/transport/ssl-options.js';
import { Transport, isPooledUrl, notOver } from './connection/transport/transport.js';
import type { DatabaseOptions, STRATEGIES } from './database.options.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';

type Strategy = (typeof STRATEGIES)[number];
type Environment = Readonly<Record<string, string | undefined>>;

/** Set at the start of a session, which a pooler in transaction mode shares among transactions. */
const SESSION_TIMEOUTS = ['statementTimeoutMs', 'lockTimeoutMs', 'idleInTransactionTimeoutMs'];

/** The strategy that is asked for, or the one that the address speaks for. */
export function strategyOf({ strategy, url }: DatabaseOptions): Strategy {
  if (strategy !== undefined) return strategy;
  if (url === undefined) return 'embedded';
  return isPooledUrl(url) ? 'pooler' : 'direct';
}

/** True where neither named statements nor parameters of the start are kept apart by session. */
export function isPooled({ strategy, url, serverless }: DatabaseOptions): boolean {
  if (strategy === 'serverless') return serverless.pooled ?? isPooledUrl(url);
  return strategy === 'pooler';
}

/** How the connections of these options get to their servers. */
export function transportOf(options: DatabaseOptions): Transport {
  const { url, adminUrl, replicas, ssl, serverless, strategy } = options;
  return new Transport({
    addresses: [
      ...replicas.map((replica) => ['replicas', replica] as const),
      ...(adminUrl === undefined ? [] : [['adminUrl', adminUrl] as const]),
      ...(url === undefined ? [] : [['url', url] as const]),
    ],
    ssl,
    overWebSocket: strategy === 'serverless',
    proxy: serverless.proxy,
    webSocket: serverless.webSocket,
  });
}

/** DATABASE_SSL_CA beside DATABASE_SSL. */
export function withAuthority(
  tree: Record<string, unknown>,
  environment: Environment,
): Record<string, unknown> {
  const ca = environment['DATABASE_SSL_CA']?.trim().replaceAll('\\n', '\n');
  if (!ca) return tree;
  const { ssl = true } = tree;
  if (ssl === true) return { ...tree, ssl: { ca } };
  if (isSslMode(ssl) && ssl !== 'disable' && ssl !== 'no-verify') {
    return { ...tree, ssl: { ca, mode: ssl } };
  }
  throw new InvalidOptionsError({
    problem: 'DATABASE_SSL_CA is given, and DATABASE_SSL is not one that looks at certificates',
    mend: 'Set DATABASE_SSL to true, or remove one of the two',
  });
}

/** Options that are right each, and wrong together. `poolKeys`: of the pool, what somebody has set. */
export function refuseMisfits(options: DatabaseOptions, poolKeys: readonly string[]): void {
  const { strategy, url, embedded, serverless, ssl } = options;
  if (strategy === 'embedded') {
    if (url !== undefined)
      throw misfit(
        'strategy is embedded, and url (DATABASE_URL) names a server',
        'Remove one of the two',
      );
    if (embedded === false)
      throw misfit('strategy is embedded, and embedded is false', 'Remove one of the two');
    if (ssl !== undefined && ssl !== false)
      throw misfit(
        'ssl (DATABASE_SSL) is given, and the embedded engine is inside of this process',
        'Remove ssl, or name a server by url',
      );
  } else if (url === undefined) {
    throw misfit(
      `strategy is ${strategy}, and no url (DATABASE_URL) is given`,
      'Name the server, or choose strategy embedded',
    );
  }
  if (strategy === 'serverless' && ssl !== undefined) throw sslWithServerless();
  const { proxy, webSocket, pooled } = serverless;
  if (strategy !== 'serverless' && (proxy ?? webSocket ?? pooled) !== undefined) {
    throw misfit(
      `serverless is given, and strategy is ${strategy}`,
      "Choose strategy: 'serverless', or remove serverless",
    );
  }
  refuseSessionTimeouts(options, poolKeys);
  // What the addresses themselves say about servers and encryption.
  const transport = transportOf(options);
  if (isPooled(options) && transport.hostsOf(url)) throw notOver('pooler', 'url');
}

function refuseSessionTimeouts(options: DatabaseOptions, poolKeys: readonly string[]): void {
  if (!isPooled(options)) return;
  const set = SESSION_TIMEOUTS.filter((key) => poolKeys.includes(key));
  const asked = set.filter((key) => options.pool[key as 'lockTimeoutMs'] > 0);
  if (asked.length === 0) return;
  throw misfit(
    `${asked.map((key) => `pool.${key}`).join(' and ')} cannot be set behind a pooler in transaction mode (strategy is ${options.strategy})`,
    'Set it for the login: ALTER ROLE … SET statement_timeout, lock_timeout or idle_in_transaction_session_timeout',
  );
}

function sslWithServerless(): InvalidOptionsError {
  return misfit(
    'ssl (DATABASE_SSL) is given, and strategy is serverless, where the WebSocket encrypts',
    'Remove ssl; a WebSocket is encrypted where its address begins with wss://',
  );
}

function misfit(problem: string, mend: string): InvalidOptionsError {
  return new InvalidOptionsError({ problem, mend });
}
