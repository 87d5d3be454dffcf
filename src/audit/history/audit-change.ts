import type { ObjectLiteral } from 'typeorm';
import type {
  AuditActor,
  AuditOperation,
  AuditSource,
} from '../../entities/audit/audit-log.entity.js';

/** What a change did to one property; null where there was no value, or no row. */
export interface ValueChange<Value = unknown> {
  readonly from: Value | null;
  readonly to: Value | null;
}

/** By property; a column that the entity has no longer goes by its own name. */
export type AuditChanges<Entity> = {
  readonly [Property in keyof Entity]?: ValueChange<Entity[Property]>;
};

export interface AuditChangeActor {
  readonly type: AuditActor;
  /** Null for an anonymous actor; the reason, in system work. */
  readonly id: string | null;
  /** For whom the actor was at work. */
  readonly onBehalfOf: string | null;
}

/** One row of the audit log, as it is read. */
export interface AuditChange<Entity = ObjectLiteral> {
  readonly id: string;
  readonly at: Date;
  readonly tenantId: string;
  readonly op: AuditOperation;
  readonly source: AuditSource;
  readonly actor: AuditChangeActor;
  readonly requestId: string | null;
  readonly traceId: string | null;
  /** The name of the entity; null for a note that is about no row. */
  readonly entity: string | null;
  /** The primary key by property and without the tenant; empty where it is about no single row. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly changes: AuditChanges<Entity>;
  /** Properties that changed as well, and whose values the log does not hold. */
  readonly masked: readonly string[];
  /** The values were erased on request, and nobody can read them any more. */
  readonly erased: boolean;
  /** What a note says was done. */
  readonly action: string | null;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface AuditPageOptions {
  /** Default 50, at most 1,000. */
  readonly limit?: number;
  /** The cursor that the page before ended with. */
  readonly after?: string;
}

export interface AuditPage<Entity = ObjectLiteral> {
  /** Newest first. */
  readonly items: AuditChange<Entity>[];
  /** For the next page; undefined on the last one. */
  readonly next: string | undefined;
}
