import { DatabaseError } from '../../errors/database.error.js';
import { DatabaseUnavailableError } from '../../errors/database-unavailable.error.js';
import { getSqlState, isConnectionError } from '../../errors/violations.js';
import type { Address } from './address.js';
import { WebSocketFailure } from './web-socket-failure.js';

/** Whom a connection was to be made to, without anything secret. */
export interface Wanted {
  /** The option that named the address. */
  readonly option: string;
  readonly address: Address;
}

const VARIABLES: Readonly<Record<string, string>> = {
  url: ' (DATABASE_URL)',
  adminUrl: ' (DATABASE_ADMIN_URL)',
  replicas: ' (DATABASE_REPLICA_URLS)',
};

type Sentence = (wanted: Wanted) => readonly [problem: string, mend: string];

const at = ({ address }: Wanted): string => `${address.host}:${address.port}`;

/** With the variable that may hold it. */
const named = ({ option }: Wanted): string => `${option}${VARIABLES[option] ?? ''}`;

const refusedLogin: Sentence = (wanted) => [
  `The server at ${at(wanted)} refused the login ${JSON.stringify(wanted.address.user)}`,
  `Look at user and password in ${named(wanted)}, and at pg_hba.conf; a server that takes encrypted connections alone needs ssl`,
];
const starting: Sentence = (wanted) => [
  `The server at ${at(wanted)} is starting up or shutting down`,
  'Try again in a moment',
];

/** What PostgreSQL says, by its code. */
const BY_STATE: Readonly<Record<string, Sentence>> = {
  '28P01': refusedLogin,
  '28000': refusedLogin,
  '3D000': (wanted) => [
    `The server at ${at(wanted)} has no database ${JSON.stringify(wanted.address.database)}`,
    `Create it, or correct its name in ${named(wanted)}`,
  ],
  '53300': (wanted) => [
    `The server at ${at(wanted)} takes no more connections`,
    'Lower pool.max and pool.systemMax, put a pooler in front of it, or raise max_connections',
  ],
  '57P01': starting,
  '57P02': starting,
  '57P03': starting,
};

/** What sockets say, by their code. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: (wanted) => [
    `Nobody listens at ${at(wanted)}`,
    `Start the server, or correct host and port in ${named(wanted)}`,
  ],
  ENOTFOUND: (wanted) => [
    `There is no host ${wanted.address.host}`,
    `Correct the host in ${named(wanted)}, or look at the name service`,
  ],
};

const TLS_CODE = /CERT|SELF_SIGNED|ISSUER|^ERR_SSL|^ERR_TLS|^EPROTO$/;
const NO_TLS = /does not support SSL connections|error establishing an SSL connection/;
/** Said by PgBouncer, of the timeouts that a session begins with. */
const NO_SESSION = /unsupported startup parameter/;
/** Said by node-postgres, before the server is asked. */
const NO_PASSWORD = /^SASL: /;
const TIMEOUT = /due to connection timeout|^timeout expired$/;

/** The typed error for a connection that could not be made; undefined for every other failure. */
export function unavailable(error: Error, wanted: Wanted): DatabaseUnavailableError | undefined {
  if (error instanceof DatabaseError) return undefined;
  const sentence = sentenceFor(error);
  if (!sentence) return undefined;
  const [problem, mend] = sentence(wanted);
  const { host, port, user, database } = wanted.address;
  return new DatabaseUnavailableError({
    problem,
    mend,
    cause: error,
    given: { option: wanted.option, host, port, user, database },
  });
}

function sentenceFor(error: Error): Sentence | undefined {
  const state = getSqlState(error);
  if (state !== undefined && BY_STATE[state]) return BY_STATE[state];
  if (NO_SESSION.test(error.message)) return pooled;
  if (NO_PASSWORD.test(error.message)) return refusedLogin;
  if (TIMEOUT.test(error.message)) return noAnswer;
  if (NO_TLS.test(error.message)) return noTls;
  const { code = '' } = error as { code?: string };
  // Before the codes: it may be the proxy that nobody listens at.
  if (error instanceof WebSocketFailure) return noWebSocket(error.message);
  if (BY_CODE[code]) return BY_CODE[code];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return otherName;
  if (TLS_CODE.test(code)) return notTrusted(error.message);
  return isConnectionError(error) ? notMade(error.message) : undefined;
}

const noAnswer: Sentence = (wanted) => [
  `Nobody answered at ${at(wanted)} in time`,
  `Look at host, port and firewall of ${named(wanted)}, or raise pool.acquireTimeoutMs`,
];

const pooled: Sentence = (wanted) => [
  `A pooler in transaction mode answers at ${at(wanted)}, which keeps no session for anybody`,
  "Set strategy: 'pooler' (DATABASE_STRATEGY), or beside strategy serverless serverless.pooled: true",
];

const noTls: Sentence = (wanted) => [
  `The server at ${at(wanted)} does not encrypt, and ${named(wanted)} or ssl asks for it`,
  'Switch ssl on at the server; where the network is trusted, set ssl: false or sslmode=disable',
];

const otherName: Sentence = (wanted) => [
  `The certificate of the server is made out to another name than ${wanted.address.host}`,
  `Write the name of the certificate into ${named(wanted)}, or give it as ssl.servername`,
];

function notTrusted(why: string): Sentence {
  return (wanted) => [
    `The server at ${at(wanted)} could not be trusted (${why})`,
    'Give the certificate of its authority as ssl.ca (DATABASE_SSL_CA)',
  ];
}

function noWebSocket(why: string): Sentence {
  return (wanted) => [
    `No WebSocket to ${at(wanted)} could be opened (${why})`,
    `Look at serverless.proxy, and at the host in ${named(wanted)}`,
  ];
}

function notMade(why: string): Sentence {
  return (wanted) => [
    `No connection to ${at(wanted)} could be made (${why.replace(/\.$/, '')})`,
    `Look at the server, and at ${named(wanted)}`,
  ];
}
