import { CreateBilling1767225600009 } from './1767225600009-create-billing.js';
import { LockIssuedInvoices1767225601009 } from './1767225601009-lock-issued-invoices.js';
import type { MigrationClass } from './migration-class.js';

export const BILLING_MIGRATIONS: readonly MigrationClass[] = [
  CreateBilling1767225600009,
  LockIssuedInvoices1767225601009,
];
