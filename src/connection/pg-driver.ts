import pg from 'pg';
import { TenantPool } from './tenant-pool.js';

/**
 * What TypeORM sees as the PostgreSQL driver. Without the `native` entry, so that an installed
 * pg-native cannot silently take the place of the client that binds the tenant.
 */
export const pgDriver = {
  Pool: TenantPool,
  defaults: pg.defaults,
  types: pg.types,
} as const;
