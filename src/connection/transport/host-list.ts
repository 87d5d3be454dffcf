import { isIPv6 } from 'node:net';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';

const DEFAULT_PORT = 5432;
const MOST_PORT = 65_535;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/s;

/** One server that an address names. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What an address says about hosts: in front of its path, and as parameters, which count for more. */
export interface HostWords {
  readonly authority: string;
  readonly host: string | null;
  readonly port: string | null;
}

/**
 * The servers of an address, in the form of libpq: several are separated by commas, and each has a
 * port of its own, or all have the same. What is wrong is named by its place: quoted, it might show
 * a password that was not encoded.
 */
export function readPlaces(words: HostWords, option: string): readonly Place[] {
  const hosts = words.host === null ? namedBefore(words, option) : namedByParameter(words.host);
  const ports = words.port?.split(',') ?? hosts.map(({ port }) => port);
  if (ports.length !== 1 && ports.length !== hosts.length) {
    throw refused(option, `names ${hosts.length} hosts and ${ports.length} ports`);
  }
  return hosts.map(({ host }, at) => {
    const nth = hosts.length === 1 ? '' : ` of host ${at + 1}`;
    if (host === '' && hosts.length > 1) throw refused(option, `has an empty name${nth}`);
    const port = portOf(ports.length === 1 ? ports[0] : ports[at]);
    if (port === undefined) throw refused(option, `has a port${nth} that is none`);
    return { host: host === '' ? 'localhost' : host, port };
  });
}

interface Named {
  readonly host: string;
  readonly port: string;
}

function namedByParameter(hosts: string): readonly Named[] {
  return hosts.split(',').map((host) => ({ host, port: '' }));
}

function namedBefore({ authority }: HostWords, option: string): readonly Named[] {
  return authority.split(',').map((text, at) => {
    const [, name, port = ''] = HOST_AND_PORT.exec(text) ?? [];
    const inside = /^\[(.*)\]$/.exec(name ?? '')?.[1];
    const host = name === undefined ? undefined : decoded(inside ?? name);
    if (host === undefined || (inside !== undefined && !isIPv6(decoded(inside)))) {
      throw refused(option, `has a host that cannot be read (the ${at + 1}. one)`);
    }
    return { host, port };
  });
}

function portOf(text = ''): number | undefined {
  if (text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= MOST_PORT ? port : undefined;
}

/** Text that is badly encoded stands for itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(option: string, what: string): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `The address in ${option} ${what}`,
    mend: 'Write postgresql://user:password@host:5432,other:5432/database, and encode what a name or password has of : / ? # @ by percent signs',
    given: { option },
  });
}
