import { type AfterQueryEvent, type EntitySubscriberInterface, EventSubscriber } from 'typeorm';
import { AuditedQueryRunner } from './audited-query-runner.js';
import { transactionStep } from './transaction-step.js';

/**
 * Follows the transactions of a data source. By their statements: TypeORM's own events of a
 * transaction are silent about one that somebody begins or ends in SQL, and do not name savepoints.
 */
@EventSubscriber()
export class AuditSubscriber implements EntitySubscriberInterface {
  afterQuery({ query, queryRunner, success }: AfterQueryEvent): void {
    if (!(queryRunner instanceof AuditedQueryRunner)) return;
    const step = transactionStep(query);
    if (!step) return;
    const { ledger } = queryRunner;
    // A commit that fails ends the transaction as well.
    if (step.kind === 'commit' || step.kind === 'rollback') ledger.end(step.chains);
    else if (!success) return;
    else if (step.kind === 'begin') ledger.begin();
    else if (step.kind === 'savepoint') ledger.open(step.savepoint);
    else if (step.kind === 'release') ledger.release(step.savepoint);
    else ledger.undoTo(step.savepoint);
  }
}
