import type pg from 'pg';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { type Address, isLocal, isPooledHost, readAddress, readAddresses } from './address.js';
import { ServerHosts, type SessionAttrs } from './server-hosts.js';
import type { ServerSeat } from './server-seat.js';
import type { SslValue } from './ssl-options.js';
import { type TlsPlan, planTls } from './tls-plan.js';
import { type WebSocketClass, type WebSocketProxy, webSocketAddress } from './web-socket.js';
import { webSocketClass } from './web-socket-class.js';
import { WebSocketStream } from './web-socket-stream.js';

export interface TransportOptions {
  /** Addresses of servers, and the option that named each. */
  readonly addresses: readonly (readonly [option: string, url: string])[];
  readonly ssl: SslValue | undefined;
  readonly overWebSocket: boolean;
  readonly proxy: WebSocketProxy | undefined;
  readonly webSocket: WebSocketClass | undefined;
}

interface Route {
  readonly option: string;
  /** The first one, where there are several. */
  readonly address: Address;
  readonly others: readonly Address[];
  readonly tls: TlsPlan;
  /** Undefined: there is one server, which is taken as it is. */
  readonly hosts: ServerHosts | undefined;
}

/** A configuration that knows its way. */
export type Routed<Config> = Config & { readonly seat?: ServerSeat };

/** How connections get to their server: by TCP or over a WebSocket, encrypted and checked how. */
export class Transport {
  private readonly routes: ReadonlyMap<string, Route>;

  /** Throws InvalidOptionsError where options and addresses do not go together. */
  constructor(private readonly options: TransportOptions) {
    this.routes = new Map(
      options.addresses.map(([option, url]) => [url, this.routeOf(option, url)] as const),
    );
  }

  /** One sentence for each way that is less safe than it looks. */
  get warnings(): readonly string[] {
    return [...this.routes.values()].flatMap((route) => this.warningOf(route) ?? []);
  }

  /** The option that named an address; the address without what is secret. */
  describe(url: string | undefined): { option: string; address: Address } | undefined {
    if (url === undefined) return undefined;
    return this.routes.get(url) ?? { option: 'url', address: readAddress(url) };
  }

  /** The configuration of a connection, with all that this knows about the way. */
  applied<Config extends pg.ClientConfig>(config: Config): Routed<Config> {
    const url = config.connectionString;
    if (url === undefined) return config;
    const { address, tls, hosts } = this.routes.get(url) ?? this.routeOf('url', url);
    const seat = hosts?.seat();
    const direct = address.tls.get('sslnegotiation') === 'direct' && tls.ssl !== false;
    const way = this.options.overWebSocket
      ? { ssl: false, stream: () => new WebSocketStream(this.webSocketPlan) }
      : { ssl: tls.ssl, ...(direct ? { sslnegotiation: 'direct' } : {}) };
    const there = { connectionString: (seat?.wanted.address ?? address).rest };
    if (!hosts || !seat) return { ...config, ...way, ...there };
    return { ...config, ...way, ...there, ...sharedTime(config, hosts.count), seat };
  }

  /** The servers of an address of which one takes writes; undefined where there is no choice. */
  hostsOf(url: string | undefined): ServerHosts | undefined {
    return url === undefined ? undefined : this.routes.get(url)?.hosts;
  }

  private routeOf(option: string, url: string): Route {
    const addresses = readAddresses(url, option);
    const [address, ...others] = addresses;
    const tls = planTls({ address, option, ssl: this.options.ssl });
    const attrs = attrsOf(address, option);
    const hasChoice = attrs !== undefined || others.length > 0;
    if (option === 'replicas' && hasChoice) throw severalReplicas();
    const hosts = hasChoice ? new ServerHosts(addresses, option, attrs ?? 'read-write') : undefined;
    const route = { option, address, others, tls, hosts };
    if (this.options.overWebSocket) this.checkWebSocket(route);
    return route;
  }

  /** TLS is the WebSocket's; one without it must not stand where the address asks for it. */
  private checkWebSocket({ option, address, tls, hosts }: Route): void {
    const { host, port } = address;
    if (hosts) throw notOver('serverless', option);
    if (tls.isByDefault || tls.mode === 'disable') return;
    if (webSocketAddress(this.options.proxy, host, port).startsWith('wss:')) return;
    throw new InvalidOptionsError({
      problem: `The address in ${option} asks for encryption, and serverless.proxy is a WebSocket without it (ws://)`,
      mend: 'Give a proxy that begins with wss://, or write sslmode=disable into the address',
    });
  }

  private warningOf({ option, address: first, others, tls }: Route): string | undefined {
    const address = [first, ...others].find(({ host }) => !isLocal(host)) ?? first;
    if (this.options.overWebSocket) return this.warningOfWebSocket(option, address);
    if (tls.mode === 'no-verify') {
      return `the connection to ${address.host} (${option}) is encrypted, but nobody checks whom it talks to: give ssl.ca, and verify-full`;
    }
    if (!tls.isByDefault || tls.mode !== 'disable' || isLocal(address.host)) return undefined;
    return `the connection to ${address.host} (${option}) is not encrypted: set ssl: true, or ssl: false where the network is trusted`;
  }

  private warningOfWebSocket(option: string, { host, port }: Address): string | undefined {
    const proxy = webSocketAddress(this.options.proxy, host, port);
    const through = URL.canParse(proxy) ? new URL(proxy) : undefined;
    if (through?.protocol !== 'ws:' || isLocal(through.hostname)) return undefined;
    return `the WebSocket to ${through.hostname} (${option}) is not encrypted: give a proxy that begins with wss://`;
  }

  private readonly webSocketPlan = {
    addressOf: (host: string, port: number): string =>
      webSocketAddress(this.options.proxy, host, port),
    webSocketClass: (): Promise<WebSocketClass> => webSocketClass(this.options.webSocket),
  };
}

/** One server that does not answer must leave time for the next. */
function sharedTime({ connectionTimeoutMillis: ms }: pg.ClientConfig, count: number): object {
  return ms ? { connectionTimeoutMillis: Math.max(1, Math.floor((ms * 0.9) / count)) } : {};
}

function attrsOf({ sessionAttrs }: Address, option: string): SessionAttrs | undefined {
  if (sessionAttrs === undefined || sessionAttrs === 'read-write' || sessionAttrs === 'primary')
    return sessionAttrs;
  throw new InvalidOptionsError({
    problem: `The address in ${option} has a target_session_attrs that is neither read-write nor primary`,
    mend: 'Leave it out: of several servers the one that takes writes is used; those for reads belong into replicas',
    given: { option },
  });
}

function severalReplicas(): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: 'An address in replicas names several servers, or has target_session_attrs',
    mend: 'Name each replica by an address of its own',
  });
}

/** Whoever stands in between says what one server was like once, or hides it. */
export function notOver(strategy: string, option: string): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: `The address in ${option} names several servers, and strategy is ${strategy}, where which of them takes writes cannot be told`,
    mend: 'Name the servers themselves with strategy direct, or the one address that leads to the primary',
    given: { option },
  });
}

/** True where the server behind an address shares its sessions among transactions. */
export function isPooledUrl(url: string | undefined): boolean {
  return url !== undefined && readAddresses(url).some(({ host }) => isPooledHost(host));
}
