import type { AfterQueryEvent, DataSource, EntitySubscriberInterface } from 'typeorm';

export interface SentStatement {
  readonly sql: string;
  /** Rows that came back. */
  readonly rows: number;
}

/** Every statement that the work sends, with how much came back. */
export async function sentBy(
  source: DataSource,
  work: () => Promise<unknown>,
): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const listener: EntitySubscriberInterface = {
    afterQuery({ query, rawResults }: AfterQueryEvent): void {
      const rows = (rawResults as { records?: unknown[] } | undefined)?.records ?? [];
      sent.push({ sql: query, rows: rows.length });
    },
  };
  source.subscribers.push(listener);
  try {
    await work();
  } finally {
    source.subscribers.splice(source.subscribers.indexOf(listener), 1);
  }
  return sent;
}

export function withoutTransaction(sent: readonly SentStatement[]): SentStatement[] {
  return sent.filter(({ sql }) => !/^(?:START|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)/.test(sql));
}
