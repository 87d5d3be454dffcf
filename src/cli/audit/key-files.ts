import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AuditPublicKeys, AuditSealKey } from '../../audit/seal/seal-key.js';
import { UsageError } from '../../errors/usage.error.js';

const PEM = '-----BEGIN';

/** The flags of a key that signs. A variable may hold the key itself, as secrets are often handed in. */
export const KEY_OPTIONS = {
  key: {
    type: 'string',
    placeholder: '<file>',
    summary: 'Private key that signs seals: Ed25519 as PEM; the variable may hold the key itself',
  },
  'key-id': { type: 'string', placeholder: '<id>', summary: 'Names the key in every seal' },
} as const;

export const PUBLIC_KEY_OPTION = {
  type: 'string',
  placeholder: '<file>',
  multiple: true,
  summary: 'Public key of the seals, or id=file where several keys have signed',
} as const;

export async function sealKeyOf(
  {
    key,
    'key-id': keyId,
  }: { readonly key: string | undefined; readonly 'key-id': string | undefined },
  directory: string,
): Promise<AuditSealKey> {
  if (key === undefined || keyId === undefined) {
    throw new UsageError({
      problem: `There is no ${key === undefined ? 'key' : 'id of the key'} to sign with`,
      mend: 'Give --key <file> and --key-id <id>; openssl genpkey -algorithm ed25519 makes a key',
    });
  }
  return { keyId, privateKey: await pemOf(key, directory) };
}

export async function publicKeysOf(
  given: readonly string[],
  directory: string,
): Promise<AuditPublicKeys> {
  const pairs = given.map(async (one) => {
    const [, keyId = '*', file = one] = /^([\w.:-]+)=(.+)$/s.exec(one) ?? [];
    return [keyId, await pemOf(file, directory)] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

export async function readJson(file: string, directory: string): Promise<unknown> {
  const text = await textOf(file, directory);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UsageError({
      problem: `The file ${file} does not hold JSON`,
      mend: 'Name the file that was written before',
      cause,
    });
  }
}

export async function writeText(file: string, text: string, directory: string): Promise<void> {
  await writeFile(resolve(directory, file), text).catch((cause: unknown) => {
    throw unusable(file, 'written', cause);
  });
}

function pemOf(given: string, directory: string): Promise<string> {
  return given.startsWith(PEM) ? Promise.resolve(given) : textOf(given, directory);
}

function textOf(file: string, directory: string): Promise<string> {
  return readFile(resolve(directory, file), 'utf8').catch((cause: unknown) => {
    throw unusable(file, 'read', cause);
  });
}

function unusable(file: string, what: 'read' | 'written', cause: unknown): UsageError {
  return new UsageError({
    problem: `The file ${file} cannot be ${what}`,
    mend: 'Name a file that is there, or a folder that is',
    cause,
  });
}
