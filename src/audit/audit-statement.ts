import type { EntityManager } from 'typeorm';
import { markBuilt } from '../context/built-statement.js';
import { requireTenant } from '../context/tenant-context.js';
import { currentScope } from '../context/unit-store.js';

/** The tenant whose rows SQL of ours may touch. Undefined in system work, which may touch all. */
export function tenantInHand(): string | undefined {
  const scope = currentScope();
  if (scope?.kind === 'system' || scope?.kind === 'owner') return undefined;
  return requireTenant(scope).tenantId;
}

/**
 * SQL of our own about the audit log, and its values in the order in which the text names them. The
 * text has to hold each of its tables to the tenant in hand: it is vouched for like what the query
 * builders make, also where row-level security is off.
 */
export class AuditStatement {
  private readonly values: unknown[] = [];

  constructor(private readonly manager: EntityManager) {}

  /** The placeholder that stands for the value. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  send<Row>(text: string): Promise<Row[]> {
    const tenantId = tenantInHand();
    markBuilt(this.values, { text, tenantId, confined: true, sharedOnly: false });
    return this.manager.query<Row[]>(text, this.values);
  }
}
