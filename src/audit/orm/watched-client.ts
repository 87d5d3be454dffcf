/** The part of a connection that the log has to do with. */
export interface Connection {
  getTransactionStatus(): string | null;
  query(...given: unknown[]): unknown;
}

/** The same connection, asking before it sends a text. */
export function watchedClient(
  client: Connection,
  refusalOf: (text: string) => Error | undefined,
): Connection {
  const query = (...given: unknown[]): unknown => {
    const text = textOf(given[0]);
    const refusal = text === undefined ? undefined : refusalOf(text);
    return refusal ? answer(refusal, given) : client.query(...given);
  };
  return new Proxy(client, {
    get: (target, key): unknown => (key === 'query' ? query : Reflect.get(target, key)),
  });
}

/** The way that the answer was asked for. */
function answer(error: Error, given: readonly unknown[]): unknown {
  const callback = given.find((one) => typeof one === 'function');
  if (!callback) return Promise.reject(error);
  process.nextTick(callback, error);
  return undefined;
}

function textOf(given: unknown): string | undefined {
  const text = typeof given === 'string' ? given : (given as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : undefined;
}
