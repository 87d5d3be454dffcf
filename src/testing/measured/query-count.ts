import type { Logger, QueryRunner } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { TestFailureError } from '../../errors/test-failure.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

const CONTROL = /^\s*(?:START|BEGIN|COMMIT|END|SAVEPOINT|RELEASE|ROLLBACK|ABORT)\b/i;
const MOST_TOLD = 20;
const LONGEST_TOLD = 300;

export interface CountedQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface CountedWork<T> {
  readonly result: T;
  /** What was asked, in its order; without what begins and ends transactions. */
  readonly queries: readonly CountedQuery[];
  /** How often the work has waited for the server: the queries, and what begins and ends transactions. */
  readonly roundTrips: number;
}

type Listener = (query: CountedQuery) => void;

export interface RepeatedQuery {
  readonly sql: string;
  readonly times: number;
}

/** Counts whatever the data source sends meanwhile, whoever asks: requests of the same process as well. */
export async function countQueries<T>(
  source: RowguardDataSource,
  work: () => Promise<T>,
): Promise<CountedWork<T>> {
  if (typeof work !== 'function') throw noWork();
  const sent: CountedQuery[] = [];
  const stop = listen(source, (query) => sent.push(query));
  try {
    const result = await work();
    const queries = sent.filter(({ sql }) => !CONTROL.test(sql));
    return { result, queries, roundTrips: sent.length };
  } finally {
    stop();
  }
}

/** Several may listen at once, and stop in any order. */
function listen(source: RowguardDataSource, hear: Listener): () => void {
  const { logger } = source;
  const counting = logger instanceof CountingLogger ? logger : new CountingLogger(logger);
  counting.listeners.add(hear);
  Object.assign(source, { logger: counting });
  return () => {
    counting.listeners.delete(hear);
    if (counting.listeners.size === 0) Object.assign(source, { logger: counting.before });
  };
}

/** The same text with other values, the most frequent first: a loop that asks for each row on its own. */
export function repeatedQueries(queries: readonly CountedQuery[], most: number): RepeatedQuery[] {
  const values = new Map<string, Set<string>>();
  for (const { sql, parameters } of queries) {
    const known = values.get(sql) ?? new Set();
    values.set(sql, known.add(JSON.stringify(parameters, asText)));
  }
  return [...values]
    .map(([sql, different]) => ({ sql, times: different.size }))
    .filter(({ times }) => times > most)
    .toSorted((one, other) => other.times - one.times);
}

/** Fails unless `work` sends exactly so many queries. */
export async function expectQueries<T>(
  database: { readonly source: RowguardDataSource },
  count: number,
  work: () => Promise<T>,
): Promise<T> {
  if (!Number.isInteger(count) || count < 0) throw noNumber('The number of queries', count);
  const { queries, result } = await countQueries(database.source, work);
  if (queries.length === count) return result;
  throw new TestFailureError({
    problem: `${count} ${count === 1 ? 'query was' : 'queries were'} expected, and ${queries.length} sent:\n${told(queries.map(({ sql }) => sql))}`,
    mend: 'Load what belongs together at once (relations, IN, a join), or correct the number',
    given: { expected: count, sent: queries.length },
  });
}

/** Fails where `work` sends the same text with other values more often than `most` times. */
export async function expectNoRepeatedQueries<T>(
  database: { readonly source: RowguardDataSource },
  work: () => Promise<T>,
  { most = 3 }: { readonly most?: number } = {},
): Promise<T> {
  if (!Number.isInteger(most) || most < 1) throw noNumber('most', most);
  const { queries, result } = await countQueries(database.source, work);
  const repeated = repeatedQueries(queries, most);
  if (repeated.length === 0) return result;
  const lines = repeated.map(({ sql, times }) => `${times} times: ${sql}`);
  throw new TestFailureError({
    problem: `The same query was sent again and again with other values:\n${told(lines)}`,
    mend: 'Ask once for all rows: with relations, In([...]) or a join',
    given: { repeated: repeated.length },
  });
}

class CountingLogger implements Logger {
  readonly listeners = new Set<Listener>();

  constructor(readonly before: Logger) {}

  logQuery(sql: string, parameters?: unknown[], runner?: QueryRunner): void {
    for (const hear of this.listeners) hear({ sql, parameters: parameters ?? [] });
    this.before.logQuery(sql, parameters, runner);
  }

  logQueryError(...given: Parameters<Logger['logQueryError']>): void {
    this.before.logQueryError(...given);
  }

  logQuerySlow(...given: Parameters<Logger['logQuerySlow']>): void {
    this.before.logQuerySlow(...given);
  }

  logSchemaBuild(...given: Parameters<Logger['logSchemaBuild']>): void {
    this.before.logSchemaBuild(...given);
  }

  logMigration(...given: Parameters<Logger['logMigration']>): void {
    this.before.logMigration(...given);
  }

  log(...given: Parameters<Logger['log']>): void {
    this.before.log(...given);
  }
}

function told(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_TOLD).map((line) => `  ${line.slice(0, LONGEST_TOLD)}`);
  const more = lines.length > MOST_TOLD ? [`  and ${lines.length - MOST_TOLD} more`] : [];
  return [...shown, ...more].join('\n');
}

function noWork(): InvalidInputError {
  return new InvalidInputError({
    problem: 'Queries were to be counted, and no function was given that sends some',
    mend: 'Pass a function: expectQueries(db, 1, () => service.list())',
  });
}

function noNumber(what: string, given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `${what} has to be a whole number (given: ${String(given).slice(0, 40)})`,
    mend: 'Pass how many queries the work may send: expectQueries(db, 1, work), expectNoRepeatedQueries(db, work, { most: 3 })',
  });
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
