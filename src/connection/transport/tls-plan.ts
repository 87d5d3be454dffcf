import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { Address } from './address.js';
import {
  SSL_MODES,
  type SslMode,
  type SslOptions,
  type SslValue,
  isSslMode,
} from './ssl-options.js';

/** As node-postgres takes it. */
export type PgSsl = false | ConnectionOptions;

/** How the connections to one address are encrypted. */
export interface TlsPlan {
  readonly mode: SslMode;
  readonly ssl: PgSsl;
  /** Nobody has said anything about it. */
  readonly isByDefault: boolean;
}

export interface TlsQuestion {
  readonly address: Address;
  /** The option that named the address. */
  readonly option: string;
  readonly ssl: SslValue | undefined;
}

/** Throws InvalidOptionsError where the address and the option ssl do not go together. */
export function planTls(question: TlsQuestion): TlsPlan {
  const { address, option, ssl } = question;
  const said = modeOfOption(ssl);
  const inUrl = modeOfUrl(address, option);
  const mode = agreed(said, inUrl, option) ?? 'disable';
  const material = { ...filesOfUrl(address, option), ...materialOf(ssl) };
  const isByDefault = said === undefined && inUrl === undefined;
  if (mode === 'disable') return { mode, ssl: false, isByDefault };
  if (mode === 'verify-ca' && material.ca === undefined) throw noAuthority(option);
  return { mode, ssl: tlsOptions(mode, material, option), isByDefault };
}

function modeOfOption(ssl: SslValue | undefined): SslMode | undefined {
  if (ssl === undefined) return undefined;
  if (typeof ssl === 'boolean') return ssl ? 'verify-full' : 'disable';
  if (typeof ssl === 'string') return ssl;
  const { mode, rejectUnauthorized } = ssl;
  if (rejectUnauthorized !== false) return mode ?? 'verify-full';
  if (mode !== undefined && mode !== 'no-verify' && mode !== 'require') {
    throw disagreement(`ssl.mode is ${mode}, and ssl.rejectUnauthorized is false`);
  }
  return 'no-verify';
}

function modeOfUrl({ tls }: Address, option: string): SslMode | undefined {
  const word = tls.get('sslmode');
  if (word === undefined) return modeOfSwitch(tls.get('ssl')) ?? modeOfFiles(tls);
  // As libpq means it, and as node-postgres will from its version 9 on, if the address asks for it.
  const asLibpq = tls.get('uselibpqcompat') === 'true';
  if (word === 'require' && asLibpq) return tls.has('sslrootcert') ? 'verify-ca' : 'no-verify';
  if (isSslMode(word)) return word;
  const isHalf = word === 'prefer' || word === 'allow';
  throw new InvalidOptionsError({
    problem: isHalf
      ? `The address in ${option} says sslmode=${word}, which whoever stands in between can turn into plain text`
      : `The address in ${option} has an sslmode that is none`,
    mend: `Write sslmode=require where the server has TLS, sslmode=disable where it has none; known are ${SSL_MODES.join(', ')}`,
    given: { option },
  });
}

function modeOfSwitch(word: string | undefined): SslMode | undefined {
  if (word === undefined) return undefined;
  if (word === 'no-verify') return word;
  return word === 'false' || word === '0' ? 'disable' : 'verify-full';
}

function modeOfFiles(tls: ReadonlyMap<string, string>): SslMode | undefined {
  const asks = ['sslrootcert', 'sslcert', 'sslkey'].some((name) => tls.has(name));
  return asks || tls.get('sslnegotiation') === 'direct' ? 'verify-full' : undefined;
}

/** `require` asks for encryption and leaves to others how far it is checked; nothing means fully. */
function agreed(
  said: SslMode | undefined,
  inUrl: SslMode | undefined,
  option: string,
): SslMode | undefined {
  if (said === undefined || inUrl === undefined || said === inUrl) return said ?? inUrl;
  const both = [said, inUrl];
  const other = said === 'require' ? inUrl : said;
  if (both.includes('require') && other !== 'disable') return other;
  throw disagreement(`ssl says ${said}, and the address in ${option} says ${inUrl}`);
}

function materialOf(ssl: SslValue | undefined): SslOptions {
  if (typeof ssl !== 'object') return {};
  const { mode: _mode, rejectUnauthorized: _reject, ...rest } = ssl;
  return {
    ...rest,
    ...read(rest.ca, 'ca', 'ssl.ca (DATABASE_SSL_CA)'),
    ...read(rest.cert, 'cert', 'ssl.cert'),
    ...read(rest.key, 'key', 'ssl.key'),
  };
}

function filesOfUrl({ tls }: Address, option: string): SslOptions {
  const of = (name: string): string => `${name} in ${option}`;
  const authorities = tls.get('sslrootcert');
  return {
    ...read(authorities === 'system' ? undefined : authorities, 'ca', of('sslrootcert')),
    ...read(tls.get('sslcert'), 'cert', of('sslcert')),
    ...read(tls.get('sslkey'), 'key', of('sslkey')),
  };
}

/** A text that is no certificate is the path of a file with one. */
function read<Key extends 'ca' | 'cert' | 'key'>(
  value: SslOptions[Key],
  key: Key,
  named: string,
): SslOptions {
  if (value === undefined) return {};
  if (typeof value !== 'string' || value.includes('-----BEGIN')) return { [key]: value };
  try {
    return { [key]: readFileSync(value, 'utf8') };
  } catch (cause) {
    throw new InvalidOptionsError({
      problem: `${named} is no certificate or key in PEM, and no file that can be read`,
      mend: 'Give the text that begins with -----BEGIN, or the path of its file',
      cause,
    });
  }
}

function tlsOptions(mode: SslMode, material: SslOptions, option: string): ConnectionOptions {
  const { servername, ...rest } = material;
  try {
    // node:tls takes what is no certificate for none at all.
    [rest.ca ?? []].flat().map((authority) => new X509Certificate(authority).subject);
    createSecureContext(rest);
  } catch (cause) {
    throw new InvalidOptionsError({
      problem: `The certificates or the key for ${option} cannot be used (${(cause as Error).message})`,
      mend: 'Look at ssl.ca, ssl.cert and ssl.key: each in PEM, and the key that of the certificate',
      cause,
    });
  }
  const options: ConnectionOptions = { ...rest, rejectUnauthorized: mode !== 'no-verify' };
  if (mode === 'verify-ca') return { ...options, checkServerIdentity: () => undefined };
  if (servername === undefined) return options;
  // node-postgres puts the host in the place of a servername; the check is what counts.
  return {
    ...options,
    servername,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
  };
}

function disagreement(problem: string): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `Two words about encryption do not agree: ${problem}`,
    mend: 'Say it in one place',
  });
}

function noAuthority(option: string): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `verify-ca is asked for ${option}, and no certificate of an authority is given`,
    mend: 'Give ssl.ca (DATABASE_SSL_CA); for an authority that everybody knows choose verify-full, since anybody can have a certificate of it',
  });
}
