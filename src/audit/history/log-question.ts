import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { AUDIT_OPERATIONS, type AuditOperation } from '../../entities/audit/audit-log.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedTimes } from '../../validation/checked-times.js';
import { type AuditStatement, tenantInHand } from '../audit-statement.js';
import { AuditedTable } from './audited-table.js';
import { LogScope } from './log-scope.js';
import type { AuditedSource } from '../audited-source.js';

/** Which changes; what is left out is not asked for. */
export interface AuditQuestion {
  /** From this moment on. Name the time, and only the months of that time are read. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
  /** A class, or the name that the log has for an entity. */
  readonly entity?: EntityTarget<ObjectLiteral>;
  readonly op?: AuditOperation;
  readonly actorId?: string;
  readonly requestId?: string;
}

const KNOWN: readonly string[] = ['from', 'to', 'entity', 'op', 'actorId', 'requestId'];
const LONGEST_TEXT = 255;

/** The conditions of a question, for `audit_logs log`; none is the condition `true`. */
export function conditionsOf(
  source: AuditedSource,
  statement: AuditStatement,
  question: AuditQuestion,
): string {
  checkQuestion(question);
  const { from, to, entity, op, actorId, requestId } = question;
  const tenantId = tenantInHand();
  const holds = (condition: string, value: unknown) =>
    value === undefined ? [] : [`${condition} ${statement.bind(value)}`];
  const all = [
    ...holds('log.tenant_id =', tenantId),
    ...holds('log.at >=', from),
    ...holds('log.at <', to),
    ...(entity === undefined ? [] : [entityIs(source, statement, entity)]),
    ...holds('log.op =', op),
    ...holds('log.actor_id =', actorId),
    ...holds('log.request_id =', requestId),
  ];
  return all.length > 0 ? all.join(' AND ') : 'true';
}

function entityIs(
  source: AuditedSource,
  statement: AuditStatement,
  entity: EntityTarget<ObjectLiteral>,
): string {
  // Without its class, as on the command line, the log is still to be asked by the name it keeps.
  if (typeof entity === 'string' && !source.hasMetadata(entity)) {
    return `log.entity = ${statement.bind(checkedText('entity', entity))}`;
  }
  return new LogScope(statement, AuditedTable.of(source, entity), undefined).holds('log');
}

export function checkedText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) {
    if (!value.includes('\0')) return value;
  }
  throw refused(`${name} is no text of 1 to ${LONGEST_TEXT} characters`);
}

function checkQuestion(question: AuditQuestion): void {
  if (typeof question !== 'object' || question === null) throw refused('The question is no object');
  const stray = Object.keys(question).find((key) => !KNOWN.includes(key));
  if (stray !== undefined) throw refused(`${stray.slice(0, 60)} is nothing that can be asked for`);
  const { from, to, op, actorId, requestId } = question;
  checkedTimes({ from, to });
  if (op !== undefined && !AUDIT_OPERATIONS.includes(op)) throw refused('This op does not exist');
  if (actorId !== undefined) checkedText('actorId', actorId);
  if (requestId !== undefined) checkedText('requestId', requestId);
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: `Ask with any of ${KNOWN.join(', ')}; op is one of ${AUDIT_OPERATIONS.join(', ')}`,
  });
}
