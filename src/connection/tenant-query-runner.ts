import type { ReadStream } from 'node:fs';
import { type DataSource, QueryFailedError, type QueryResult } from 'typeorm';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseError } from '../errors/database.error.js';
import { CheckingBroadcaster } from './checking-broadcaster.js';
import { explained } from './explained-error.js';
import { isAboutReleased, lossOf } from './lost-connection.js';
import { ReadConnection } from './replicas/read-connection.js';
import { FirstFailure } from './first-failure.js';
import { noText } from './statement-request.js';
import type { TenantClient } from './tenant-client.js';

/** What fails after the stream was handed over has to come out like any other failed query. */
function explainedStream(
  stream: ReadStream,
  query: string,
  parameters: unknown[] | undefined,
  source: DataSource,
): ReadStream {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (given, done) =>
    destroy(given, (error) => {
      const isOfDriver = error && !(error instanceof DatabaseError);
      done(
        isOfDriver
          ? (explained(new QueryFailedError(query, parameters, error), source) as Error)
          : (error ?? null),
      );
    });
  return stream;
}

/** What took the connection of a runner away, which may be between two statements. */
const losses = new WeakMap<object, Error>();

const START = 'START TRANSACTION';

/** TypeORM's query runner, with one round trip less and errors that say what to do. */
export class TenantQueryRunner extends PostgresQueryRunner {
  private isolationToFold: string | undefined;
  private readonly failure = new FirstFailure();

  constructor(...given: ConstructorParameters<typeof PostgresQueryRunner>) {
    super(...given);
    this.broadcaster = new CheckingBroadcaster(this);
  }

  /** TypeORM sets the isolation level in a round trip of its own; PostgreSQL takes both in one. */
  override async startTransaction(isolationLevel?: IsolationLevel): Promise<void> {
    const level = isolationLevel ?? this.dataSource.options.isolationLevel;
    this.isolationToFold = this.transactionDepth === 0 ? level : undefined;
    try {
      await super.startTransaction(isolationLevel);
    } finally {
      this.isolationToFold = undefined;
    }
  }

  override async query(
    query: string,
    parameters?: unknown[],
    useStructuredResult = false,
  ): Promise<QueryResult> {
    if (typeof query !== 'string') throw noText();
    const folded = this.fold(query);
    if (folded === undefined) return undefined as unknown as QueryResult;
    try {
      const result = (await super.query(folded, parameters, useStructuredResult)) as QueryResult;
      this.failure.passed(folded);
      return result;
    } catch (error) {
      const told = this.explained(error, folded);
      throw this.isTransactionActive ? this.failure.told(told) : told;
    }
  }

  /** What a transaction on this runner ended with; a lost connection is not always told as one. */
  explain(error: unknown): unknown {
    return isAboutReleased(error) ? this.explained(error, '') : error;
  }

  private explained(error: unknown, text: string): unknown {
    const { isTransactionActive } = this;
    const loss = lossOf(error, { text, isTransactionActive, lostBy: losses.get(this) });
    return loss ?? explained(error, this.dataSource);
  }

  override async stream(
    query: string,
    parameters?: unknown[],
    onEnd?: Function,
    onError?: Function,
  ): Promise<ReadStream> {
    try {
      const client = (await this.connect()) as TenantClient | ReadConnection;
      if (client instanceof ReadConnection) await client.settle(query);
      if (parameters) client.streams?.announce(query, parameters);
      const stream = await super.stream(query, parameters, onEnd, onError);
      return explainedStream(stream, query, parameters, this.dataSource);
    } catch (error) {
      throw this.explained(error, query);
    }
  }

  private fold(query: string): string | undefined {
    const level = this.isolationToFold;
    if (level === undefined) return query;
    if (query === START) return `${START} ISOLATION LEVEL ${level}`;
    return query === `SET TRANSACTION ISOLATION LEVEL ${level}` ? undefined : query;
  }
}

/** Private in the types of TypeORM: how a connection tells its runner that it is lost. */
interface Releasing {
  releasePostgresConnection(error?: Error): Promise<void>;
}
const base = PostgresQueryRunner.prototype as unknown as Releasing;
Object.assign(TenantQueryRunner.prototype, {
  releasePostgresConnection(this: Releasing, error?: Error): Promise<void> {
    if (error && !losses.has(this)) losses.set(this, error);
    return base.releasePostgresConnection.call(this, error);
  },
});
