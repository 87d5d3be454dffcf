import type { Judge } from '../approval/judge.js';
import { type JudgedMigration, blocked, isReadOnTheWay } from '../approval/needs-approval.js';
import { ANSWERS } from '../recording/recording-query-runner.js';
import { readSql } from '../../sql/sql-text.js';
import type { StatementCheck } from './sent-statements.js';

/**
 * What a migration sends after it has asked the database is known when it sends it. There it is judged,
 * inside the transaction, which is undone when something would be lost that nobody has approved.
 */
export function checkOnTheWay(step: JudgedMigration, judge: Judge): StatementCheck | undefined {
  const { recorded, approval } = step;
  if (approval || !isReadOnTheWay(recorded)) return undefined;
  const { name, timestamp, direction, transaction } = recorded;
  return async (statements, ask) => {
    if (ANSWERS.test(readSql(statements.at(-1)?.sql ?? '').code)) return;
    const sent = { name, timestamp, direction, transaction, statements, isDynamic: false };
    const found = await judge([sent], ask);
    const destroys = found.filter(({ severity }) => severity === 'destructive');
    if (destroys.length > 0) throw blocked([{ ...step, destroys }]);
  };
}
