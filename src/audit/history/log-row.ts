import type {
  AuditActor,
  AuditOperation,
  AuditSource,
} from '../../entities/audit/audit-log.entity.js';

/** A row of the log as the driver hands it over; jsonb as text, whose numbers JavaScript would round. */
export interface LogRow {
  readonly id: string;
  readonly at: Date;
  readonly tenant: string;
  readonly op: AuditOperation;
  readonly source: AuditSource;
  readonly actor_type: AuditActor;
  readonly actor_id: string | null;
  readonly on_behalf_of: string | null;
  readonly request_id: string | null;
  readonly trace_id: string | null;
  readonly schema_name: string | null;
  readonly table_name: string | null;
  readonly entity: string | null;
  readonly action: string | null;
  readonly pk: string;
  readonly diff: string | null;
  readonly meta: Record<string, unknown>;
}

const PLAIN = [
  'at',
  'op',
  'source',
  'actor_type',
  'actor_id',
  'on_behalf_of',
  'request_id',
  'trace_id',
  'schema_name',
  'table_name',
  'entity',
  'action',
  'meta',
];

/** What a LogRow is selected with, from `audit_logs log`. */
export const LOG_COLUMNS = [
  ...PLAIN.map((name) => `log.${name}`),
  ...['id', 'pk', 'diff'].map((name) => `log.${name}::text AS ${name}`),
  'log.tenant_id::text AS tenant',
].join(', ');

export const NEWEST_FIRST = 'ORDER BY log.at DESC, log.id DESC';
