import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-ctr';

/**
 * Seals tokens so that the database alone is worth nothing to a thief. The same token always gives
 * the same text, so that it can be looked up; the tag that stands before it, a keyed hash of the
 * token, is also what the encryption starts from (the construction of SIV, RFC 5297).
 */
export class TokenSeal {
  private readonly hashKey: Buffer;
  private readonly cipherKey: Buffer;

  constructor(secret: string) {
    const derive = (use: string) =>
      Buffer.from(hkdfSync('sha256', secret, 'rowguard', `session tokens, ${use}`, KEY_BYTES));
    this.hashKey = derive('hash');
    this.cipherKey = derive('cipher');
  }

  seal(token: string): string {
    const tag = this.tagOf(token);
    const cipher = createCipheriv(CIPHER, this.cipherKey, tag);
    return Buffer.concat([tag, cipher.update(token, 'utf8'), cipher.final()]).toString('base64url');
  }

  /** Undefined for a text that was sealed with another secret, or not at all. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= TAG_BYTES) return undefined;
    const tag = bytes.subarray(0, TAG_BYTES);
    const cipher = createDecipheriv(CIPHER, this.cipherKey, tag);
    const text = Buffer.concat([cipher.update(bytes.subarray(TAG_BYTES)), cipher.final()]);
    const token = text.toString('utf8');
    return timingSafeEqual(this.tagOf(token), tag) ? token : undefined;
  }

  private tagOf(token: string): Buffer {
    return createHmac('sha256', this.hashKey).update(token).digest().subarray(0, TAG_BYTES);
  }
}
