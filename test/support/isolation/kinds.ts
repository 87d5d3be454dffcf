import type { ObjectLiteral } from 'typeorm';
import {
  ACME,
  Category,
  Customer,
  Folder,
  GLOBEX,
  INITECH,
  Invoice,
  Label,
  Letter,
} from '../shop.js';

export interface Row extends ObjectLiteral {
  tenantId: string;
  id: string;
}

export interface Kind {
  readonly entity: new () => Row;
  readonly table: string;
  /** The property, and column, that holds text of its own. */
  readonly text: string;
}

const kind = (entity: Function, table: string, text: string): Kind => ({
  entity: entity as new () => Row,
  table,
  text,
});

export const CUSTOMERS = kind(Customer, 'customers', 'email');
export const INVOICES = kind(Invoice, 'invoices', 'number');
export const LABELS = kind(Label, 'labels', 'name');
export const LETTERS = kind(Letter, 'letters', 'body');
export const CATEGORIES = kind(Category, 'categories', 'name');
export const FOLDERS = kind(Folder, 'folders', 'name');

/** In the order in which rows can be written; the join table comes after all of them. */
export const KINDS = [CUSTOMERS, INVOICES, LABELS, LETTERS, CATEGORIES, FOLDERS] as const;
export const FLAT_KINDS = [CUSTOMERS, INVOICES, LABELS, LETTERS] as const;
export const JOIN_TABLE = 'invoice_labels';
export const TABLES = [...KINDS.map((one) => one.table), JOIN_TABLE] as const;

/** Each reference: table, column, table it points to. */
export const REFERENCES = [
  ['invoices', 'customer_id', 'customers'],
  ['letters', 'customer_id', 'customers'],
  ['categories', 'parent_id', 'categories'],
  ['folders', 'parent_id', 'folders'],
  [JOIN_TABLE, 'invoices_id', 'invoices'],
  [JOIN_TABLE, 'labels_id', 'labels'],
] as const;

export const TENANTS = [ACME, GLOBEX, INITECH] as const;

/** A word that stands in every text column of one tenant, and nowhere else. */
export const CANARIES: Readonly<Record<string, string>> = {
  [ACME]: 'kanari-acme-5f1c',
  [GLOBEX]: 'kanari-globex-93d7',
  [INITECH]: 'kanari-initech-c20e',
};

export function canaryOf(tenantId: string): string {
  return CANARIES[tenantId] as string;
}

export function othersThan(tenantId: string): string[] {
  return TENANTS.filter((one) => one !== tenantId);
}
