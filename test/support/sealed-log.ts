import { type KeyObject, generateKeyPairSync, randomUUID } from 'node:crypto';
import { TenantContext, type RowguardDataSource } from 'nestjs-rowguard';
import { ANN } from './ledger.js';

export interface TestKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function testKey(keyId = 'test-1'): TestKey {
  return { keyId, ...generateKeyPairSync('ed25519') };
}

/** Rows of the log in one transaction, without a table that changes. */
export function writeRows(
  source: RowguardDataSource,
  count: number,
  tenantId: string = ANN.tenantId,
): Promise<unknown> {
  const rows = Array.from({ length: count }, (_, nr) => ({
    op: 'update',
    schemaName: 'public',
    tableName: 'accounts',
    entity: 'LedgerAccount',
    pk: { id: randomUUID() },
    diff: { name: [`old ${nr}`, `new ${nr} – ü "quoted" \\ 1.10`], balance: [nr, nr * 1.5] },
  }));
  return TenantContext.run({ ...ANN, tenantId }, () =>
    source.query('SELECT rowguard_audit_append($1::jsonb)', [JSON.stringify(rows)]),
  );
}

export function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('test', work);
}
