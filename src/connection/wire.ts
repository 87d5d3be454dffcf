import pg from 'pg';

/** What the server says about a session, at its start and whenever it changes. */
export interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/**
 * The parts of node-postgres below its typed surface that binding needs. A contract test holds
 * them against the installed version.
 */
export interface WireConnection {
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  readonly stream: {
    readonly destroyed?: boolean;
    cork?(): void;
    uncork?(): void;
    destroy(error?: Error): void;
  };
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'parameterStatus', listener: (status: ParameterStatus) => void): unknown;
  parse(message: { name: string; text: string }): void;
  bind(message: {
    portal: string;
    statement: string;
    values: readonly string[];
    valueMapper: (value: string) => string;
  }): void;
  execute(message: { portal: string }): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
  query(text: string): void;
}

/** What the client asks of a query while its answers arrive. */
export interface WireQuery {
  readonly text: string;
  callback?: (error: Error | null, result: pg.QueryResult) => void;
  submit(connection: WireConnection): Error | null | void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: WireConnection): void;
  handleError(error: Error, connection: WireConnection): void;
  handleReadyForQuery(connection: WireConnection): void;
}

interface WireQueryClass {
  new (
    config: pg.QueryConfig,
    values?: readonly unknown[],
  ): WireQuery & {
    name?: string;
    requiresPreparation(): boolean;
    prepare(connection: WireConnection): void;
    handleEmptyQuery(connection: WireConnection): void;
  };
}

export const WireQueryBase = pg.Query as unknown as WireQueryClass;

/** What the client does of itself with the messages that it overrides. */
export const baseClient = pg.Client.prototype as unknown as {
  _handleParseComplete(this: unknown): void;
  _handleCommandComplete(this: unknown, message: unknown): void;
  _handleReadyForQuery(this: unknown, message: unknown): void;
};
