import { AuditBulkLimitError } from '../../errors/audit-bulk-limit.error.js';
import { AuditRefusedError } from '../../errors/audit-refused.error.js';

const BY_TRIGGER = "audit the entity with @Audited({ capture: 'trigger' })";

interface Refused {
  readonly table: string;
  readonly entity: string;
}

/** Below PostgreSQL 18 nothing tells how a row was that an upsert found. */
export function upsertRefused({ table, entity }: Refused): AuditRefusedError {
  return new AuditRefusedError({
    problem: `The upsert into ${table} was not sent: this version of PostgreSQL does not tell how the rows were that it finds`,
    mend: `Run PostgreSQL 18 or newer, find the rows and save them, or ${BY_TRIGGER}`,
    given: { entity, table },
  });
}

/** The application writes the log of the table, and does not see what the statement does. */
export function writeRefused({ table, entity }: Refused): AuditRefusedError {
  return new AuditRefusedError({
    problem: `The statement was not sent: it changes rows of ${table}, and the application, which writes the audit log of ${entity}, would not see what becomes of them`,
    mend: `Use the repository or a query builder, or auditRaw(source, reason, work) which notes the reason instead of the rows, or ${BY_TRIGGER}`,
    given: { entity, table },
  });
}

export function emptyingRefused({ table, entity }: Refused): AuditRefusedError {
  return new AuditRefusedError({
    problem: `${table} was not emptied: TRUNCATE does not tell which rows of ${entity} it takes away`,
    mend: `Delete the rows with delete() or a query builder, or ${BY_TRIGGER}`,
    given: { entity, table },
  });
}

export function tooManyRows(entity: string, maxRows: number, cause: unknown): AuditBulkLimitError {
  return new AuditBulkLimitError({
    problem: `One statement changes more than ${maxRows} rows of ${entity}, and nothing was changed`,
    mend: `Change fewer rows at a time, raise audit.maxRows, or ${BY_TRIGGER}, which has no limit`,
    cause,
    given: { entity, maxRows },
  });
}

/** Somebody replaced the list of subscribers after the start. */
export function subscriberMissing(): AuditRefusedError {
  return new AuditRefusedError({
    problem:
      'The statement was not sent: the AuditSubscriber is no longer among the subscribers of the data source, and what changes would not be written down',
    mend: 'Add to dataSource.subscribers, and do not replace the list',
  });
}

/** The changes so far would be committed without their part of the log, or logged and undone. */
export function controlRefused(): AuditRefusedError {
  return new AuditRefusedError({
    problem:
      'The statement was not sent: it moves a transaction in which audited rows may have changed, past the query runner that writes their log',
    mend: 'Send it through the query runner: commitTransaction(), rollbackTransaction(), or query()',
  });
}
