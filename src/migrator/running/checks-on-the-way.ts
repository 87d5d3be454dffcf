import type { RunSql } from '../../schema/sql.js';
import { readSql } from '../../sql/sql-text.js';
import type { Judge } from '../approval/judge.js';
import { type JudgedMigration, blocked, isReadOnTheWay } from '../approval/needs-approval.js';
import type { RecordedStatement } from '../recording/recorded-migration.js';
import type { StatementCheck } from './sent-statements.js';

/** One statement that begins so leaves the schema as it is; any other text is taken for a change of it. */
const LEAVES_SCHEMA =
  /^\s*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE|SHOW|EXPLAIN|FETCH|COPY)\b[^;]*;?\s*$/i;

/**
 * What a migration sends after it has asked the database is known when it sends it. There it is judged,
 * inside the transaction, which is undone when something would be lost that nobody has approved.
 * Each attempt has a check of its own.
 */
export function checksOnTheWay(
  step: JudgedMigration,
  judge: Judge,
): (() => StatementCheck) | undefined {
  const { recorded, approval } = step;
  if (approval || !isReadOnTheWay(recorded)) return undefined;
  const { name, timestamp, direction, transaction } = recorded;
  return () => {
    const before: RecordedStatement[] = [];
    // Between two changes of the schema neither its columns nor a judgement on one text can change.
    const answers = new Map<string, Promise<never>>();
    const passed = new Set<string>();
    return async (statement, ask) => {
      if (passed.has(statement.sql)) return;
      const statements = [...before, statement];
      const sent = { name, timestamp, direction, transaction, statements, isDynamic: false };
      const found = await judge([sent], remembering(ask, answers));
      const destroys = found.filter(({ severity }) => severity === 'destructive');
      if (destroys.length > 0) throw blocked([{ ...step, destroys }]);
      if (LEAVES_SCHEMA.test(readSql(statement.sql).code)) {
        passed.add(statement.sql);
        return;
      }
      before.push(statement);
      answers.clear();
      passed.clear();
    };
  };
}

function remembering(ask: RunSql, answers: Map<string, Promise<never>>): RunSql {
  return (sql, parameters) => {
    const question = JSON.stringify([sql, parameters]);
    const known = answers.get(question) ?? (ask(sql, parameters) as Promise<never>);
    answers.set(question, known);
    return known;
  };
}
