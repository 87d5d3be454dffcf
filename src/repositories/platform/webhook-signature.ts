import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedWebhook {
  readonly secret: string;
  /** The body as it is sent: the exact text. */
  readonly payload: string;
  readonly at?: Date;
}

export interface ReceivedWebhook {
  readonly secret: string;
  readonly payload: string;
  /** What signWebhook answered. */
  readonly signature: string;
  /** How old it may be. Default: 300. */
  readonly toleranceSeconds?: number;
  readonly now?: Date;
}

const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;
const TOLERANCE_SECONDS = 300;

/** HMAC-SHA256 of the time and the body, so that neither can be changed, nor an old one sent again. */
export function signWebhook({ secret, payload, at = new Date() }: SignedWebhook): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  return `t=${seconds},v1=${digest(secret, seconds, payload).toString('hex')}`;
}

/** For the receiver: true if the body was signed with this secret, and not long ago. */
export function verifyWebhook(received: ReceivedWebhook): boolean {
  const { secret, payload, signature, now = new Date() } = received;
  const [, time, code] = SIGNATURE.exec(signature) ?? [];
  if (time === undefined || code === undefined) return false;
  const age = Math.abs(now.getTime() / 1_000 - Number(time));
  if (age > (received.toleranceSeconds ?? TOLERANCE_SECONDS)) return false;
  return timingSafeEqual(digest(secret, Number(time), payload), Buffer.from(code, 'hex'));
}

function digest(secret: string, seconds: number, payload: string): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${payload}`).digest();
}
