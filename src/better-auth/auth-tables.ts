import { uuidV7 } from '../entities/uuid-v7.js';
import { newPersonId } from '../repositories/identity/person-by-email.js';
import { PasswordHasher } from '../repositories/identity/password-hasher.js';

const passwords = new PasswordHasher();

/** Ids in the order of time, but for people: an id must not tell since when somebody is here. */
export function newAuthId({ model }: { readonly model: string }): string {
  return model === 'user' ? newPersonId() : uuidV7();
}

/**
 * What better-auth has to know of the shipped tables: spread it into its options. The properties
 * have the names that it expects. Addresses in verification tokens are stored as hashes, tokens of
 * providers encrypted, passwords as PasswordHasher makes them.
 */
export const authTables = {
  user: { modelName: 'users' },
  session: { modelName: 'sessions' },
  account: { modelName: 'accounts', encryptOAuthTokens: true },
  verification: { modelName: 'verification_tokens', storeIdentifier: 'hashed' },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password: string): Promise<string> => passwords.hash(password),
      verify: ({ hash, password }: { hash: string; password: string }): Promise<boolean> =>
        passwords.verify(password, hash),
    },
  },
  advanced: { database: { generateId: newAuthId } },
} as const;
