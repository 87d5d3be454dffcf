import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openedPublicKeys, openedSealKey } from '../../../src/audit/seal/seal-key.js';

const KEY = generateKeyPairSync('ed25519');
const PEM = KEY.privateKey.export({ type: 'pkcs8', format: 'pem' });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const refused = expect.objectContaining({ code: 'ROWGUARD_INPUT_INVALID' });

describe('the keys of seals', () => {
  it.each([PEM, Buffer.from(PEM as string), KEY.privateKey])(
    'sign from PEM and KeyObject',
    (privateKey) => {
      expect(openedSealKey({ keyId: 'k', privateKey }).privateKey.asymmetricKeyType).toBe(
        'ed25519',
      );
    },
  );

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no id', { privateKey: PEM }],
    ['an empty id', { keyId: '', privateKey: PEM }],
    ['an id that is too long', { keyId: 'k'.repeat(101), privateKey: PEM }],
    ['no key', { keyId: 'k' }],
    ['no PEM', { keyId: 'k', privateKey: 'secret' }],
    ['a public key', { keyId: 'k', privateKey: KEY.publicKey }],
    ['a key of another kind', { keyId: 'k', privateKey: EC.privateKey }],
  ])('refuse %s to sign with, and do not show it', (_, key) => {
    expect(() => openedSealKey(key as never)).toThrow(refused);
    expect(() => openedSealKey(key as never)).not.toThrow('secret');
  });

  it('are found by their id, else by the star', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    const keyOf = openedPublicKeys({ old: KEY.publicKey, '*': other });

    expect(keyOf('old')).toBe(KEY.publicKey);
    expect(keyOf('new')).toBe(other);
    expect(openedPublicKeys({ old: KEY.publicKey })('new')).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no key', {}],
    ['no PEM', { k: 'x' }],
    ['a key of another kind', { k: EC.publicKey }],
  ])('refuse %s to check signatures with', (_, keys) => {
    expect(() => openedPublicKeys(keys as never)).toThrow(refused);
  });
});
