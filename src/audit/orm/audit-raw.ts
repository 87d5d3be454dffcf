import type { DataSource, QueryRunner } from 'typeorm';
import { checkedReason } from '../../context/scope-input.js';
import type { TransactionHost } from '../../context/tenant-context.js';
import { currentScope } from '../../context/unit-store.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { AuditedQueryRunner } from './audited-query-runner.js';
import type { OrmAudit } from './orm-audit.js';

type AuditedSource = DataSource & TransactionHost & { readonly changes?: OrmAudit | undefined };

/**
 * Lets raw SQL change rows whose audit log the application writes. It does not see which: what is
 * written down, in the same transaction, is that it was done, by whom and why.
 */
export async function auditRaw<T>(
  source: AuditedSource,
  reason: string,
  work: () => Promise<T>,
): Promise<T> {
  const why = checkedReason(reason);
  if (typeof work !== 'function') throw noWork(work);
  const { changes } = source;
  // Where triggers write the log, they write down more than a reason.
  if (!changes) return source.joinTransaction(work);
  return source.joinTransaction(() => {
    note(source.manager.queryRunner, why);
    return changes.guard.unchecked(work);
  });
}

function note(runner: QueryRunner | undefined, reason: string): void {
  if (!(runner instanceof AuditedQueryRunner)) return;
  const text = JSON.stringify({ op: 'note', action: 'raw SQL', meta: { reason } });
  runner.ledger.add([{ text, entity: 'raw SQL', scope: currentScope(), warns: false }]);
}

function noWork(given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `auditRaw was given no work to do (given: ${given === null ? 'null' : typeof given})`,
    mend: 'Pass a function that sends the statements: auditRaw(source, reason, () => source.query(...))',
  });
}
