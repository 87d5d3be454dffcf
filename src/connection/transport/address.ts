import { isIP } from 'node:net';

const DEFAULT_PORT = 5432;
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

/** The address of a server, without anything secret. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Parameters about TLS, by their name. */
  readonly tls: ReadonlyMap<string, string>;
  /** The same address without them. */
  readonly rest: string;
}

export function readAddress(url: string): Address {
  const [before = '', query = ''] = splitOnce(url, '?');
  const parts = query.split('&').filter((part) => part !== '');
  const others = parts.filter((part) => !isAboutTls(part));
  const given = new URLSearchParams(others.join('&'));
  const parsed = URL.canParse(before) ? new URL(before) : undefined;
  const host = given.get('host') ?? decoded(parsed?.hostname ?? '').replace(/^\[(.*)\]$/, '$1');
  return {
    host: host === '' ? 'localhost' : host,
    port: Number(given.get('port') ?? (parsed?.port || DEFAULT_PORT)),
    user: given.get('user') ?? decoded(parsed?.username ?? ''),
    database: decoded(parsed?.pathname.slice(1) ?? ''),
    tls: new Map(new URLSearchParams(parts.filter(isAboutTls).join('&'))),
    rest: others.length > 0 ? `${before}?${others.join('&')}` : before,
  };
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

function isAboutTls(part: string): boolean {
  return ABOUT_TLS.includes(decoded(splitOnce(part, '=')[0] ?? ''));
}

function splitOnce(text: string, at: string): string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
