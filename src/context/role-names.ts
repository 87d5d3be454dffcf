/** The roles that the database acts as. The names are part of the contract with operations. */
export const APP_ROLE = 'rowguard_app';
export const SYSTEM_ROLE = 'rowguard_system';
