import { readSql } from '../../sql/sql-text.js';
import { nameOf } from '../../sql/written-tables.js';

export type TransactionStep =
  /** `chains`: another transaction begins with the end of this one. */
  | { readonly kind: 'begin'; readonly chains: boolean }
  | { readonly kind: 'commit'; readonly chains: boolean }
  | { readonly kind: 'rollback'; readonly chains: boolean }
  | { readonly kind: 'savepoint'; readonly savepoint: string }
  | { readonly kind: 'release'; readonly savepoint: string }
  | { readonly kind: 'undo'; readonly savepoint: string };

const NAME = '("(?:[^"]|"")+"|[a-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)';
/** Nearly every statement is none; what begins with a comment has to be read. */
const MAY_BE_STEP =
  /^[\s(;]*(?:\/\*|--|(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b)/i;
const UNDO = new RegExp(
  `^rollback(?:\\s+(?:work|transaction))?\\s+to(?:\\s+savepoint)?\\s+${NAME}`,
  'i',
);
const SAVEPOINT = new RegExp(`^savepoint\\s+${NAME}`, 'i');
const RELEASE = new RegExp(`^release(?:\\s+savepoint)?\\s+${NAME}`, 'i');

function named<Kind extends string>(kind: Kind, found: RegExpExecArray | null) {
  return found?.[1] === undefined ? undefined : { kind, savepoint: nameOf(found[1]) };
}

/** What a statement does to the transaction, whoever sends it; undefined for all others. */
export function transactionStep(text: string): TransactionStep | undefined {
  if (!MAY_BE_STEP.test(text)) return undefined;
  const statement = readSql(text).withoutComments.replace(/^[\s(;]+/, '');
  const step =
    named('undo', UNDO.exec(statement)) ??
    named('savepoint', SAVEPOINT.exec(statement)) ??
    named('release', RELEASE.exec(statement));
  if (step) return step;
  const chains = /\band\s+chain\b/i.test(statement);
  if (/^(?:begin|start\s+transaction)\b/i.test(statement)) return { kind: 'begin', chains };
  if (/^(?:commit|end|prepare\s+transaction)\b/i.test(statement)) return { kind: 'commit', chains };
  return /^(?:rollback|abort)\b/i.test(statement) ? { kind: 'rollback', chains } : undefined;
}
