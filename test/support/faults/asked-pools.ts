import type { RowguardDataSource } from 'nestjs-rowguard';
import type { TenantPool } from '../../../src/connection/tenant-pool.js';

/** Counts how often a connection was taken from the primary, and from any replica. */
export class AskedPools {
  primary = 0;
  replicas = 0;

  constructor(source: RowguardDataSource) {
    const { master } = source.driver as unknown as { master: TenantPool };
    master.on('acquire', () => this.primary++);
    for (const pool of source.replicas?.pools ?? []) pool.on('acquire', () => this.replicas++);
  }
}
