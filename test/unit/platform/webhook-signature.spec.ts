import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signWebhook, verifyWebhook } from 'nestjs-rowguard';

const secret = 'whsec_test';
const payload = '{"total":"1.00"}';
const at = new Date('2026-01-01T00:00:00.000Z');
const seconds = at.getTime() / 1_000;

describe('the signature of a webhook', () => {
  it('is the HMAC-SHA256 of the time and the body, as anybody can compute it', () => {
    const expected = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex');

    expect(signWebhook({ secret, payload, at })).toBe(`t=${seconds},v1=${expected}`);
  });

  it('is believed while it is young, and not when it is old or from the future', () => {
    const signature = signWebhook({ secret, payload, at });
    const after = (age: number) =>
      verifyWebhook({ secret, payload, signature, now: new Date(at.getTime() + age * 1_000) });

    expect([after(0), after(299), after(301), after(-301)]).toEqual([true, true, false, false]);
  });

  it.each([
    '',
    'nonsense',
    't=,v1=',
    `t=${seconds},v1=${'0'.repeat(64)}`,
    `t=${seconds},v1=${'0'.repeat(63)}`,
    `t=9${'9'.repeat(20)},v1=${'0'.repeat(64)}`,
  ])('is not believed, and does not throw, when it is %p', (signature) => {
    expect(verifyWebhook({ secret, payload, signature, now: at })).toBe(false);
  });

  it('covers the time, so that an old one cannot be made young', () => {
    const [, code] = signWebhook({ secret, payload, at }).split(',');
    const now = new Date(at.getTime() + 3_600_000);
    const moved = `t=${now.getTime() / 1_000},${code}`;

    expect(verifyWebhook({ secret, payload, signature: moved, now })).toBe(false);
  });
});
