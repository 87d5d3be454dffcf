interface Cluster {
  readonly native: string;
  readonly directory: string;
  readonly settings: readonly string[];
}
export class PostgresServer {
  readonly url: string;
  readonly native: string;
  readonly directory: string;
  readonly port: number;
  static start(pack?: string, settings?: readonly string[]): Promise<PostgresServer>;
  static on(cluster: Cluster): Promise<PostgresServer>;
  resume(): Promise<void>;
  halt(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}
export function serverUser(): { uid?: number; gid?: number };
export function freePort(): Promise<number>;
