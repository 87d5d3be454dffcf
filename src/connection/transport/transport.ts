import type pg from 'pg';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { type Address, isLocal, isPooledHost, readAddress } from './address.js';
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
  readonly address: Address;
  readonly tls: TlsPlan;
}

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
  applied<Config extends pg.ClientConfig>(config: Config): Config {
    const url = config.connectionString;
    if (url === undefined) return config;
    const { address, tls } = this.routes.get(url) ?? this.routeOf('url', url);
    const direct = address.tls.get('sslnegotiation') === 'direct' && tls.ssl !== false;
    const way = this.options.overWebSocket
      ? { ssl: false, stream: () => new WebSocketStream(this.webSocketPlan) }
      : { ssl: tls.ssl, ...(direct ? { sslnegotiation: 'direct' } : {}) };
    return { ...config, ...way, connectionString: address.rest } as Config;
  }

  private routeOf(option: string, url: string): Route {
    const address = readAddress(url);
    const tls = planTls({ address, option, ssl: this.options.ssl });
    const route = { option, address, tls };
    if (this.options.overWebSocket) this.checkWebSocket(route);
    return route;
  }

  /** TLS is the WebSocket's; one without it must not stand where the address asks for it. */
  private checkWebSocket({ option, address, tls }: Route): void {
    const { host, port } = address;
    if (tls.isByDefault || tls.mode === 'disable') return;
    if (webSocketAddress(this.options.proxy, host, port).startsWith('wss:')) return;
    throw new InvalidOptionsError({
      problem: `The address in ${option} asks for encryption, and serverless.proxy is a WebSocket without it (ws://)`,
      mend: 'Give a proxy that begins with wss://, or write sslmode=disable into the address',
    });
  }

  private warningOf({ option, address, tls }: Route): string | undefined {
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

/** True where the server behind an address shares its sessions among transactions. */
export function isPooledUrl(url: string | undefined): boolean {
  return url !== undefined && isPooledHost(readAddress(url).host);
}
