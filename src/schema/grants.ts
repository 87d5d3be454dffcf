import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { type TablePlan, qualified } from './table-plan.js';
import { quoteName } from './sql.js';

const RIGHTS: Readonly<Record<TablePlan['tenants'], string>> = {
  none: '',
  read: 'SELECT',
  append: 'SELECT, INSERT',
  write: 'SELECT, INSERT, UPDATE, DELETE',
};

/** The privileges that the role of the tenants needs on a table, as PostgreSQL names them. */
export function rightsOfTenants(plan: TablePlan): string[] {
  return RIGHTS[plan.tenants].split(', ').filter((right) => right !== '');
}

/**
 * TRUNCATE and REFERENCES do not ask row-level security, and TRIGGER would run code as the writer:
 * nobody but the owner keeps them.
 */
export function grantTable(plan: TablePlan): string[] {
  const table = qualified(plan);
  return [
    `REVOKE ALL ON ${table} FROM PUBLIC, ${APP_ROLE}, ${SYSTEM_ROLE}`,
    `GRANT ${RIGHTS.write} ON ${table} TO ${SYSTEM_ROLE}`,
    ...(RIGHTS[plan.tenants] ? [`GRANT ${RIGHTS[plan.tenants]} ON ${table} TO ${APP_ROLE}`] : []),
  ];
}

export function grantSchema(schema: string): string {
  return `GRANT USAGE ON SCHEMA ${quoteName(schema)} TO ${APP_ROLE}, ${SYSTEM_ROLE}`;
}
