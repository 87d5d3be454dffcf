import { type KeyObject, generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  type AuditSeals,
  type RowguardDataSource,
  type SealingReport,
  TenantContext,
} from 'nestjs-rowguard';
import { ANN } from './audit/ledger.js';

export interface TestKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function testKey(keyId = 'test-1'): TestKey {
  return { keyId, ...generateKeyPairSync('ed25519') };
}

/** Notes in one transaction, which look like changes: those of the table only its triggers may write. */
export function writeRows(
  source: RowguardDataSource,
  count: number,
  tenantId: string = ANN.tenantId,
): Promise<unknown> {
  const rows = Array.from({ length: count }, (_, nr) => ({
    op: 'note',
    action: 'changed',
    schemaName: 'public',
    tableName: 'accounts',
    entity: 'LedgerAccount',
    pk: { id: randomUUID() },
    diff: { name: [`old – ü "quoted" \\ 1.10`, randomUUID()], balance: [nr, nr * 1.5] },
  }));
  return TenantContext.run({ ...ANN, tenantId }, () =>
    source.query('SELECT rowguard_audit_append($1::jsonb)', [JSON.stringify(rows)]),
  );
}

export function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('test', work);
}

const PATIENCE_MS = 20_000;

/** Seals until nothing waits: transactions of other tests on the same server hold rows back for a while. */
export async function sealAll(seals: AuditSeals): Promise<SealingReport> {
  const deadline = Date.now() + PATIENCE_MS;
  const all = { seals: 0, rows: 0 };
  for (;;) {
    const report = await seals.seal();
    all.seals += report.seals;
    all.rows += report.rows;
    if ((await seals.lag()).rows === 0 || Date.now() > deadline) return { ...report, ...all };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Asks again until the answer is the one that is waited for. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
