import { isIP } from 'node:net';
import { decoded, readPlaces } from './host-list.js';

/** What says how to encrypt. It is read here, since node-postgres lets it replace the whole option ssl. */
const ABOUT_TLS = [
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
  'sslnegotiation',
];
const SESSION_ATTRS = 'target_session_attrs';
const FORM = /^([^/?#]*\/\/)(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?(.*))?$/s;

/** The address of a server, without anything secret. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Parameters about TLS, by their name. */
  readonly tls: ReadonlyMap<string, string>;
  /** What the server has to be, in the word of libpq. */
  readonly sessionAttrs: string | undefined;
  /** The same address without them, for this server alone. */
  readonly rest: string;
}

/** One for each server that is named. Throws InvalidOptionsError, which shows nothing of the address. */
export function readAddresses(url: string, option = 'url'): readonly [Address, ...Address[]] {
  const [, scheme = '', login, authority = '', path = '', query = ''] = FORM.exec(url) ?? [];
  const parts = query.split('&').filter((part) => part !== '');
  const others = parts.filter((part) => !ABOUT_TLS.includes(nameOf(part)));
  const kept = others.filter((part) => nameOf(part) !== SESSION_ATTRS);
  const given = new URLSearchParams(others.join('&'));
  const places = readPlaces(
    { authority, host: given.get('host') || null, port: given.get('port') || null },
    option,
  );
  const before = `${scheme}${login === undefined ? '' : `${login}@`}`;
  const facts = {
    user: given.get('user') ?? decoded(login?.split(':')[0] ?? ''),
    database: decoded(path.slice(1)),
    tls: new Map(
      new URLSearchParams(parts.filter((part) => ABOUT_TLS.includes(nameOf(part))).join('&')),
    ),
    sessionAttrs: given.get(SESSION_ATTRS) ?? undefined,
  };
  const [first, ...more] = places.map((place) => ({
    ...facts,
    ...place,
    rest:
      places.length === 1
        ? joined(`${before}${authority}${path}`, kept)
        : joined(`${before}localhost${path}`, [...withoutPlace(kept), ...parametersOf(place)]),
  }));
  return [first as Address, ...more];
}

/** The first server of an address. */
export function readAddress(url: string): Address {
  return readAddresses(url)[0];
}

/** A socket in the file system, or this very machine: nobody stands in between. */
export function isLocal(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host.endsWith('.localhost')) return true;
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1';
}

/** Neon's addresses of a pooler in transaction mode. */
export function isPooledHost(host: string): boolean {
  return /^[^.]+-pooler\./.test(host);
}

function withoutPlace(parts: readonly string[]): readonly string[] {
  return parts.filter((part) => !['host', 'port'].includes(nameOf(part)));
}

/** As parameters they need no brackets, and may be sockets. */
function parametersOf({ host, port }: { host: string; port: number }): readonly string[] {
  return [`host=${encodeURIComponent(host)}`, `port=${port}`];
}

function joined(before: string, parts: readonly string[]): string {
  return parts.length > 0 ? `${before}?${parts.join('&')}` : before;
}

function nameOf(part: string): string {
  const at = part.indexOf('=');
  return decoded(at < 0 ? part : part.slice(0, at));
}
