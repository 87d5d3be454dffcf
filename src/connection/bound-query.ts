import type pg from 'pg';
import type { Preamble } from './binding.js';
import type { Frame } from './group-sender.js';
import { type WireConnection, type WireQuery, WireQueryBase } from './wire.js';

export interface Group {
  readonly preamble: Preamble | undefined;
  /** Sends the preamble into the group, and says so to the client that reads the answers. */
  send(connection: WireConnection, preamble: Preamble): Frame;
}

/**
 * A query that travels in one Sync group with the preamble before it: one implicit transaction,
 * one round trip. An error in the preamble makes the server skip the query. Always the extended
 * protocol, in which one message is one statement.
 */
export class BoundQuery extends WireQueryBase {
  /** Statements of the group that are still to be answered before ours is. */
  private before = 0;
  private through: WireConnection | undefined;
  private isAnswered = false;
  private hasFailed = false;

  constructor(
    config: pg.QueryConfig,
    private readonly group: Group,
  ) {
    super(config);
  }

  override requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: WireConnection): void {
    const { preamble } = this.group;
    const frame = preamble && this.group.send(connection, preamble);
    this.before = frame?.before ?? 0;
    this.through = frame?.through;
    super.prepare(this.through ?? connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.before === 0) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: WireConnection): void {
    if (this.before > 0) this.before--;
    else if (!this.isAnswered) {
      this.isAnswered = true;
      super.handleCommandComplete(message, this.through ?? connection);
    }
  }

  override handleEmptyQuery(connection: WireConnection): void {
    this.isAnswered = true;
    super.handleEmptyQuery(this.through ?? connection);
  }

  override handleError(error: Error, connection: WireConnection): void {
    this.hasFailed = true;
    super.handleError(error, connection);
  }

  /**
   * After an error only where a value could not be written: node-postgres has closed the statement
   * then, but taken note of it as prepared, and would answer a second time.
   */
  override handleReadyForQuery(connection: WireConnection): void {
    if (!this.hasFailed) super.handleReadyForQuery(connection);
    else if (this.name) delete connection.parsedStatements[this.name];
  }
}

/**
 * The same for a cursor or a stream, which bring their own class: their portal lives until Sync.
 * `ended` is told once that the connection is free again.
 */
export function bindSubmittable(
  query: WireQuery,
  group: Group,
  ended: (error?: Error) => void,
): void {
  tellWhenEnded(query, ended);
  const { preamble } = group;
  if (!preamble) return;
  const original = {
    submit: query.submit.bind(query),
    handleDataRow: query.handleDataRow.bind(query),
    handleCommandComplete: query.handleCommandComplete.bind(query),
  };
  let before = 0;
  let isOver: (() => boolean) | undefined;
  query.submit = (connection) => {
    connection.stream.cork?.();
    try {
      const frame = group.send(connection, preamble);
      ({ before, isOver } = frame);
      return original.submit(frame.through);
    } finally {
      connection.stream.uncork?.();
    }
  };
  query.handleDataRow = (message) => {
    if (before === 0) original.handleDataRow(message);
  };
  query.handleCommandComplete = (message, connection) => {
    if (before > 0) before--;
    else if (!isOver?.()) original.handleCommandComplete(message, connection);
  };
}

function tellWhenEnded(query: WireQuery, ended: (error?: Error) => void): void {
  const handleError = query.handleError.bind(query);
  const handleReadyForQuery = query.handleReadyForQuery.bind(query);
  let isRunning = true;
  const end = (error?: Error): void => {
    if (isRunning) ended(error);
    isRunning = false;
  };
  query.handleError = (error, connection) => {
    end(error);
    handleError(error, connection);
  };
  query.handleReadyForQuery = (connection) => {
    end();
    handleReadyForQuery(connection);
  };
}
