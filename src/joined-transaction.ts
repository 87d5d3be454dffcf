import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { TransactionOptions } from './context/tenant-context.js';
import { checkedRetry, retried } from './context/transaction-retry.js';
import { InvalidInputError } from './errors/invalid-input.error.js';

/** Joins the transaction of the work in hand, or opens one, again and again if it is asked to. */
export function joinTransaction<T>(
  { manager }: DataSource,
  work: () => Promise<T>,
  options: TransactionOptions,
  log: LoggerService,
): Promise<T> {
  const isOpen = manager.queryRunner?.isTransactionActive === true;
  if (isOpen && options.isolation) return Promise.reject(isolationTooLate());
  const transaction = (): Promise<T> =>
    options.isolation
      ? manager.transaction(options.isolation, () => work())
      : manager.transaction(() => work());
  try {
    const retry = checkedRetry(options.retry);
    if (isOpen) return options.savepoint ? transaction() : work();
    return retry ? retried(transaction, retry, log) : transaction();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function isolationTooLate(): InvalidInputError {
  return new InvalidInputError({
    problem:
      'An isolation level was asked for inside a running transaction, which keeps the one it has',
    mend: 'Name the isolation level where the transaction begins',
  });
}
