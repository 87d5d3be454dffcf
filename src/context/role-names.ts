/** The roles that the database acts as. The names are part of the contract with operations. */
export const APP_ROLE = 'rowguard_app';
export const SYSTEM_ROLE = 'rowguard_system';
/** Owns the functions that write the audit log. Nobody acts as it: it cannot be taken by an application. */
export const AUDIT_ROLE = 'rowguard_audit';
