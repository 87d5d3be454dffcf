import { Injectable } from '@nestjs/common';
import { InjectTenantRepository, TenantContext, type TenantRepository } from 'nestjs-rowguard';
import { Tenant } from './tenant.entity.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const KEPT_MS = 30_000;
const MOST_KEPT = 1_000;

interface Kept {
  readonly tenantId: string;
  readonly until: number;
}

/** Finds the tenant of a name. Asked before any tenant is known, so it asks as the system. */
@Injectable()
export class TenantDirectory {
  private readonly kept = new Map<string, Kept>();

  constructor(@InjectTenantRepository(Tenant) private readonly tenants: TenantRepository<Tenant>) {}

  /** The UUID of the tenant with this slug or UUID, or undefined. */
  async find(name: string): Promise<string | undefined> {
    const isId = UUID.test(name);
    if (!isId && !SLUG.test(name)) return undefined;
    const known = this.kept.get(name);
    if (known && known.until > Date.now()) return known.tenantId;
    const where = isId ? { id: name } : { slug: name };
    const found = await TenantContext.runAsSystem('find the tenant of a request', () =>
      this.tenants.findOne({ where, select: { id: true } }),
    );
    if (found) this.keep(name, found.id);
    return found?.id;
  }

  /** Names that do not exist are not kept: anybody can send as many of those as they like. */
  private keep(name: string, tenantId: string): void {
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    this.kept.set(name, { tenantId, until: Date.now() + KEPT_MS });
  }
}
