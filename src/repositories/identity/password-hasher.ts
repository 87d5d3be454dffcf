import { type ScryptOptions, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';

export interface PasswordCost {
  /** The power of two of scrypt's N: memory is 128 * r * 2^ln bytes. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** The one place where the cost is set: 32 MiB and about a tenth of a second for each password. */
export const PASSWORD_COST: PasswordCost = { ln: 15, r: 8, p: 3 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const LONGEST_PASSWORD = 1_024;
const BYTES_OF_A_BLOCK = 128;
const MOST_MEMORY = 2 ** 30;
const FORMAT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

interface StoredPassword {
  readonly cost: PasswordCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Hashes passwords with scrypt. A stored hash says how it was made, so that the cost may change. */
export class PasswordHasher {
  constructor(private readonly cost: PasswordCost = PASSWORD_COST) {
    const { ln, r, p } = cost;
    const isWhole = [ln, r, p].every((one) => Number.isInteger(one) && one >= 1 && one < 100);
    if (isWhole && isBearable(cost)) return;
    throw new InvalidOptionsError({
      problem: 'The cost of a password is nothing that scrypt can spend',
      mend: 'Use whole numbers from 1, with 128 * r * 2^ln of at most a gibibyte',
    });
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await derive(checkedPassword(password), salt, this.cost);
    const { ln, r, p } = this.cost;
    return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
  }

  /** False also for a stored text that is no hash, and for what cannot be a password. */
  async verify(password: string, stored: string): Promise<boolean> {
    const known = parse(stored);
    if (!known || !isPassword(password)) return false;
    const hash = await derive(password, known.salt, known.cost);
    return timingSafeEqual(hash, known.hash);
  }

  /** True if the hash was made with another cost, or by another program. */
  needsRehash(stored: string): boolean {
    const cost = parse(stored)?.cost;
    const { ln, r, p } = this.cost;
    return cost?.ln !== ln || cost.r !== r || cost.p !== p;
  }
}

function derive(password: string, salt: Buffer, { ln, r, p }: PasswordCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: MOST_MEMORY * 2 };
  return new Promise((resolve, reject) => {
    // NFKC, because keyboards type one letter in several ways.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function parse(stored: unknown): StoredPassword | undefined {
  const [, ln, r, p, salt, hash] = (typeof stored === 'string' && FORMAT.exec(stored)) || [];
  if (salt === undefined || hash === undefined) return undefined;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (cost.ln < 1 || cost.r < 1 || cost.p < 1 || !isBearable(cost)) return undefined;
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function isBearable({ ln, r }: PasswordCost): boolean {
  return BYTES_OF_A_BLOCK * r * 2 ** ln <= MOST_MEMORY;
}

function isPassword(password: unknown): password is string {
  return typeof password === 'string' && password !== '' && password.length <= LONGEST_PASSWORD;
}

function checkedPassword(password: unknown): string {
  if (isPassword(password)) return password;
  throw new InvalidInputError({
    problem: `The password is no text of 1 to ${LONGEST_PASSWORD} characters`,
    mend: 'Check it before it gets here; the value is not shown',
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
