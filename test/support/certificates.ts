import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const OTHER_NAMES = '2.5.29.17';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const DAY_MS = 86_400_000;

/** An authority made on the spot, and certificates that it vouches for: X.509 written by hand. */
export class Authority {
  private constructor(
    private readonly name: string,
    private readonly key: KeyObject,
    readonly certificate: string,
  ) {}

  static create(name: string): Authority {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certificate = signed(privateKey, {
      issuer: name,
      subject: name,
      publicKey,
      days: 2,
      extensions: [
        extension(BASIC_CONSTRAINTS, sequence(boolean(true))),
        extension(KEY_USAGE, bits(Buffer.from([0b0000_0110]), 1)),
      ],
    });
    return new Authority(name, privateKey, certificate);
  }

  /** For hosts and addresses; `days` below zero makes one that has expired. */
  issue(names: readonly string[], addresses: readonly number[][] = [], days = 1): Certificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const others = sequence(
      ...names.map((name) => tagged(0x82, Buffer.from(name))),
      ...addresses.map((address) => tagged(0x87, Buffer.from(address))),
    );
    const certificate = signed(this.key, {
      issuer: this.name,
      subject: names[0] ?? 'server',
      publicKey,
      days,
      extensions: [extension(OTHER_NAMES, others)],
    });
    return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }
}

interface Content {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

function signed(key: KeyObject, content: Content): string {
  const algorithm = sequence(identifier(ECDSA_WITH_SHA256));
  const now = Date.now();
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    distinguished(content.issuer),
    sequence(time(now - 3 * DAY_MS), time(now + content.days * DAY_MS)),
    distinguished(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...content.extensions)),
  );
  const der = sequence(body, algorithm, bits(sign('sha256', body, key)));
  // An empty line before the end would make it unreadable.
  const lines = (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguished(name: string): Buffer {
  const text = tagged(0x0c, Buffer.from(name));
  return sequence(tagged(0x31, sequence(identifier(COMMON_NAME), text)));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(identifier(id), tagged(0x04, value));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return tagged(0x17, Buffer.from(text.slice(2)));
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value);
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

function bits(value: Buffer, unused = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unused]), value]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const long = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), value]);
}
