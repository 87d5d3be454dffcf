import { createHash, randomBytes } from 'node:crypto';

const RANDOM_BYTES = 32;
const PREFIX_LENGTH = 12;
const FORMAT = /^rgk_[\w-]{43}_([0-9a-f]{32})$/;
const GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

export interface ApiKeySecret {
  readonly secret: string;
  readonly prefix: string;
  readonly keyHash: string;
}

/** A new key: 256 random bits, and the tenant, which tells where to look the key up. */
export function newApiKeySecret(tenantId: string): ApiKeySecret {
  const random = randomBytes(RANDOM_BYTES).toString('base64url');
  const secret = `rgk_${random}_${tenantId.replaceAll('-', '')}`;
  return { secret, prefix: secret.slice(0, PREFIX_LENGTH), keyHash: hashOf(secret) };
}

/** The tenant that a key names and the hash of the whole; undefined for what cannot be a key. */
export function readApiKeySecret(
  secret: unknown,
): { readonly tenantId: string; readonly keyHash: string } | undefined {
  const tenant = typeof secret === 'string' ? FORMAT.exec(secret)?.[1] : undefined;
  if (tenant === undefined) return undefined;
  const tenantId = tenant.replace(GROUPS, '$1-$2-$3-$4-$5');
  return { tenantId, keyHash: hashOf(secret as string) };
}

/** Not a slow hash: nobody guesses 256 random bits. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
