export class PostgresServer {
  readonly url: string;
  readonly directory: string;
  static start(pack?: string, settings?: readonly string[]): Promise<PostgresServer>;
  stop(): Promise<void>;
}
export function freePort(): Promise<number>;
