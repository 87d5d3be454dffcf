import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto';
import { InvalidInputError } from '../../errors/invalid-input.error.js';

/** Signs seals. Kept outside of the database: whoever has both can write a history of their own. */
export interface AuditSealKey {
  /** Ed25519, as PEM or as a KeyObject. */
  readonly privateKey: string | Buffer | KeyObject;
  /** Names the public key that belongs to it, for the day when there is another. */
  readonly keyId: string;
}

/** By the id of the key; `*` stands for every id that is not named. */
export type AuditPublicKeys = Readonly<Record<string, string | Buffer | KeyObject>>;

export interface OpenedSealKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
}

const LONGEST_ID = 100;
const MAKE_ONE = 'openssl genpkey -algorithm ed25519';

export function openedSealKey(key: AuditSealKey): OpenedSealKey {
  const keyId: unknown = key?.keyId;
  if (typeof keyId !== 'string' || keyId === '' || keyId.length > LONGEST_ID) {
    throw refused(
      'The key that signs seals has no id',
      `Give it a keyId of 1 to ${LONGEST_ID} characters`,
    );
  }
  return { keyId, privateKey: opened(key.privateKey, 'private') };
}

/** The public half of a key by its id. */
export type KeyOf = (keyId: string) => KeyObject | undefined;

export function openedPublicKeys(keys: AuditPublicKeys): KeyOf {
  const entries = Object.entries(keys ?? {});
  if (entries.length === 0) {
    throw refused(
      'No public key is given, so that no signature can be checked',
      'Give publicKeys: { [keyId]: pem } with the public half of each key that has signed seals',
    );
  }
  const known = new Map(entries.map(([keyId, key]) => [keyId, opened(key, 'public')]));
  return (keyId) => known.get(keyId) ?? known.get('*');
}

export function openedPublicKey(key: string | Buffer | KeyObject): KeyObject {
  return opened(key, 'public');
}

function opened(given: string | Buffer | KeyObject, half: 'private' | 'public'): KeyObject {
  let key: KeyObject;
  try {
    key = half === 'private' ? privateHalf(given) : publicHalf(given);
  } catch (cause) {
    throw refused(`The ${half} key cannot be read`, `Give it as PEM: ${MAKE_ONE}`, cause);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw refused(
    `The ${half} key is of the kind ${key.asymmetricKeyType}`,
    `Use Ed25519: ${MAKE_ONE}`,
  );
}

function privateHalf(given: string | Buffer | KeyObject): KeyObject {
  if (!isKeyObject(given)) return createPrivateKey(given);
  if (given.type !== 'private') throw new TypeError('not a private key');
  return given;
}

function publicHalf(given: string | Buffer | KeyObject): KeyObject {
  return isKeyObject(given) && given.type === 'public' ? given : createPublicKey(given);
}

function isKeyObject(given: string | Buffer | KeyObject): given is KeyObject {
  return typeof given === 'object' && 'asymmetricKeyType' in given;
}

function refused(problem: string, mend: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({ problem, mend, ...(cause === undefined ? {} : { cause }) });
}
