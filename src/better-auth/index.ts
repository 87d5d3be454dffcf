/** The door to better-auth; only this part of the package needs it. */
export { type AuthDatabase, type AuthDatabaseSettings, authDatabase } from './auth-database.js';
export { authTables } from './auth-tables.js';
export { PasswordHasher } from '../repositories/identity/password-hasher.js';
