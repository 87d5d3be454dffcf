import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { BindingKey, KeyRing } from '../../../../src/connection/signed/binding-key.js';
import { BindingSigner } from '../../../../src/connection/signed/binding-signer.js';
import { SEAL_SECONDS } from '../../../../src/context/binding-terms.js';
import { ACME, GLOBEX } from '../../../support/shop.js';

const NOW = 1_800_000_000;
const REFUSAL = Object.assign(new Error('refused'), { code: 'RGB01' });

const secretOf = (id: number) => Buffer.alloc(32, id);

function key(id: number, given: Partial<BindingKey> = {}): BindingKey {
  const block = Buffer.concat([secretOf(id), Buffer.alloc(32)]);
  const pad = (mask: number) => Uint8Array.from(block, (byte) => byte ^ mask);
  const times = { createdAt: NOW - 1_000, expiresAt: undefined };
  return { id, innerPad: pad(0x36), outerPad: pad(0x5c), ...times, ...given };
}

function signerOf(keys: readonly BindingKey[], namesProcess = true): BindingSigner {
  const signer = new BindingSigner(namesProcess);
  signer.take({ keys, now: NOW });
  return signer;
}

const session = (process?: string) => ({ process, key: undefined });
const seal = (signer: BindingSigner) => signer.seal(ACME, session('42'));
const hmac = (id: number, said: string) =>
  createHmac('sha256', secretOf(id)).update(said).digest('hex');

/** Whose key a seal was made with. */
const keyOf = (sealed: string) =>
  [1, 2, 3].find((id) => sealed.endsWith(hmac(id, `${ACME}.${sealed.slice(0, -64)}.42`)));

describe('the seal of a binding', () => {
  it('is an HMAC over the tenant, the time until which it is good, and the process', () => {
    const until = String(NOW + SEAL_SECONDS);

    expect(seal(signerOf([key(1)]))).toBe(until + hmac(1, `${ACME}.${until}.42`));
  });

  it('says that it names no process, where nobody can know which it will be', () => {
    const until = `${NOW + SEAL_SECONDS}*`;

    expect(signerOf([key(1)], false).seal(ACME, session())).toBe(
      until + hmac(1, `${ACME}.${until}.`),
    );
  });

  it('is another one for another tenant, process or key', () => {
    const [one, other] = [signerOf([key(1)]), signerOf([key(2)])];
    const seals = [
      seal(one),
      seal(other),
      one.seal(GLOBEX, session('42')),
      one.seal(ACME, session('43')),
    ];

    expect(new Set(seals).size).toBe(4);
  });

  it('is not made for a process that is not known, and not without a key', () => {
    expect(() => signerOf([key(1)]).seal(ACME, session())).toThrow(/does not know the process/);
    expect(() => seal(signerOf([]))).toThrow(/no key/);
  });
});

describe('the key of a seal', () => {
  const fresh = { createdAt: NOW - 5 };
  const expired = { expiresAt: NOW - 1 };

  it.each<[string, BindingKey[], number]>([
    ['the newest', [key(1), key(2)], 2],
    ['the newest, in whatever order they come', [key(2), key(1)], 2],
    ['not one that others may not know yet', [key(1), key(2, fresh)], 1],
    ['not one that has expired', [key(1), key(2, expired)], 1],
    ['one that is too new, where no other is left', [key(1, expired), key(2, fresh)], 2],
    ['the older of two that are too new', [key(2, fresh), key(3, { createdAt: NOW - 1 })], 2],
    ['one that has expired, where there are no others', [key(1, expired), key(2, expired)], 2],
  ])('is %s', (_, keys, chosen) => {
    expect(keyOf(seal(signerOf(keys)))).toBe(chosen);
  });

  it('stays the same for a transaction', () => {
    const signer = signerOf([key(1)]);
    const inHand = session('42');
    const before = signer.seal(ACME, inHand);
    signer.take({ keys: [key(1), key(2)], now: NOW });

    expect([keyOf(before), keyOf(signer.seal(ACME, inHand))]).toEqual([1, 1]);
    expect(keyOf(signer.seal(ACME, session('42')))).toBe(2);
  });
});

describe('a refused seal', () => {
  const reading = (signer: BindingSigner) => {
    const asked = { times: 0 };
    signer.read = () => {
      asked.times++;
      return Promise.resolve<KeyRing>({ keys: [key(2)], now: NOW });
    };
    return asked;
  };

  it('makes whoever comes next wait for the keys, once', async () => {
    const signer = signerOf([key(1)]);
    const asked = reading(signer);

    expect(signer.freshen()).toBeUndefined();
    expect(signer.mayMend(REFUSAL)).toBe(true);
    await Promise.all([signer.freshen(), signer.renew()]);

    expect(asked.times).toBe(1);
    expect(signer.freshen()).toBeUndefined();
    expect(keyOf(seal(signer))).toBe(2);
  });

  it('is not waited for where there was no key at all: then everybody looks', async () => {
    const signer = signerOf([]);
    const asked = reading(signer);

    await signer.freshen();

    expect(asked.times).toBe(1);
    expect(keyOf(seal(signer))).toBe(2);
  });

  it('is no reason to send again where nobody can read the keys', () => {
    const signer = signerOf([key(1)]);

    expect(signer.mayMend(REFUSAL)).toBe(false);
    expect(signer.freshen()).toBeUndefined();
  });

  it('is not what any other error is taken for', () => {
    const signer = signerOf([key(1)]);
    reading(signer);

    expect([null, new Error('other')].map((error) => signer.mayMend(error))).toEqual([
      false,
      false,
    ]);
    expect(signer.freshen()).toBeUndefined();
  });
});
