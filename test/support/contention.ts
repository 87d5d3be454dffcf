import { type FailedAttempt, TenantContext, isSerializationFailure } from 'nestjs-rowguard';
import { type LedgerSource, ANN, LedgerAccount } from './audit/ledger.js';
import { newGate } from './gate.js';

export interface Contention {
  readonly committed: number;
  readonly errors: readonly unknown[];
  /** Attempts that PostgreSQL ended. */
  readonly failedAttempts: number;
  readonly sum: number;
  readonly milliseconds: number;
}

/** Writers that each add 1 to one of a few rows, so often, in transactions that see a frozen world. */
export async function writersAtOnce(
  ledger: LedgerSource,
  { writers, times, rows }: { writers: number; times: number; rows: number },
): Promise<Contention> {
  const { source } = ledger;
  const accounts = source.getRepository(LedgerAccount);
  const ids = await TenantContext.run(ANN, async () => {
    const saved = await accounts.save(
      Array.from({ length: rows }, (_, at) => accounts.create({ name: `${at}`, points: '0' })),
    );
    return saved.map(({ id }) => id);
  });
  const failed: FailedAttempt[] = [];
  const started = Date.now();
  const add = (at: number): Promise<void> =>
    source.joinTransaction(
      async () => {
        const row = await accounts.findOneByOrFail({ id: ids[at % rows] as string });
        await accounts.update(row.id, { points: String(Number(row.points) + 1) });
      },
      {
        isolation: 'SERIALIZABLE',
        retry: { attempts: 200, minMs: 5, maxMs: 100, onRetry: (one) => failed.push(one) },
      },
    );
  const one = (writer: number) =>
    TenantContext.run(ANN, async () => {
      for (let time = 0; time < times; time++) await add(writer + time);
    });
  const outcomes = await Promise.allSettled(Array.from({ length: writers }, (_, at) => one(at)));
  const milliseconds = Date.now() - started;
  const now = await TenantContext.run(ANN, () => accounts.find());
  const strange = failed.filter(({ error }) => !isSerializationFailure(error));
  return {
    committed: outcomes.filter(({ status }) => status === 'fulfilled').length * times,
    errors: [
      ...strange.map(({ error }) => error),
      ...outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])),
    ],
    failedAttempts: failed.length,
    sum: now
      .filter(({ id }) => ids.includes(id))
      .reduce((sum, { points }) => sum + Number(points), 0),
    milliseconds,
  };
}

/** Two transactions that each hold what the other wants; answers how many attempts failed. */
export async function deadlockedPair(
  { source }: LedgerSource,
  ids: [string, string],
): Promise<number> {
  const accounts = source.getRepository(LedgerAccount);
  const gates = [newGate(), newGate()] as const;
  let failed = 0;
  const change = (mine: 0 | 1): Promise<void> =>
    TenantContext.run(ANN, () =>
      source.joinTransaction(
        async () => {
          await accounts.increment({ id: ids[mine] }, 'points', 1);
          gates[mine].open();
          await gates[mine === 0 ? 1 : 0].opened;
          await accounts.increment({ id: ids[mine === 0 ? 1 : 0] }, 'points', 1);
        },
        { retry: { minMs: 1, maxMs: 20, onRetry: () => failed++ } },
      ),
    );
  await Promise.all([change(0), change(1)]);
  return failed;
}
