import type { KeyRing } from './connection/signed/binding-key.js';
import { runAsOwner } from './context/owner-work.js';
import { runInScope } from './context/unit-store.js';
import { described } from './errors/described-value.js';
import { InvalidInputError } from './errors/invalid-input.error.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import {
  createKey,
  expireKeys,
  lockKeys,
  readKeys,
  type StoredKey,
} from './schema/binding-keys.js';

const USUAL_GRACE_SECONDS = 600;
const LONGEST_GRACE_SECONDS = 2_592_000;
const OWNER = { kind: 'owner', reason: 'keys of the signed binding' } as const;

export interface RotateKeyOptions {
  /**
   * For how long the keys before the new one stay good. Default: 600. Running instances learn the new
   * one within a minute of work; 0, for a key that has leaked, refuses those that have not.
   */
  readonly graceSeconds?: number;
}

export interface RotatedKey {
  /** The number of the new key. Never the key. */
  readonly id: number;
  readonly graceSeconds: number;
}

/** Hands the keys to the signer, and lets it read them again; the embedded engine has no other user. */
export async function loadBindingKeys(source: RowguardDataSource): Promise<void> {
  const { signer, embedded } = source.plan;
  if (!signer) return;
  signer.take(await readRing(source));
  signer.read = embedded ? undefined : () => readRing(source);
}

export async function rotateBindingKey(
  source: RowguardDataSource,
  options: RotateKeyOptions = {},
): Promise<RotatedKey> {
  if (!source.plan.signer) throw notSigned();
  const graceSeconds = checkedGrace(options);
  const { schemaName } = source;
  const id = await runAsOwner('a new key for the signed binding', () =>
    source.transaction(async (manager) => {
      for (const sql of [
        lockKeys(schemaName),
        createKey(schemaName, false),
        ...expireKeys(schemaName, graceSeconds),
      ])
        await manager.query(sql);
      const keys = await manager.query<StoredKey[]>(readKeys(schemaName));
      return Math.max(...keys.map((key) => key.id));
    }),
  );
  await loadBindingKeys(source);
  return { id, graceSeconds };
}

async function readRing(source: RowguardDataSource): Promise<KeyRing> {
  const keys = await runInScope(OWNER, () =>
    source.query<StoredKey[]>(readKeys(source.schemaName)),
  );
  return {
    now: keys[0]?.now ?? 0,
    keys: keys.map(({ id, innerPad, outerPad, createdAt, expiresAt }) => ({
      id,
      innerPad,
      outerPad,
      createdAt,
      expiresAt: expiresAt ?? undefined,
    })),
  };
}

function checkedGrace(options: unknown): number {
  const given: unknown = (options as RotateKeyOptions | null)?.graceSeconds;
  if (given === undefined) return USUAL_GRACE_SECONDS;
  const fits = typeof given === 'number' && Number.isInteger(given) && given >= 0;
  if (fits && given <= LONGEST_GRACE_SECONDS) return given;
  throw new InvalidInputError({
    problem: `graceSeconds is not a time for which a key can stay good (given: ${described(given)})`,
    mend: `Give whole seconds from 0 to ${LONGEST_GRACE_SECONDS}, or leave it out for ${USUAL_GRACE_SECONDS}`,
  });
}

function notSigned(): InvalidOptionsError {
  return new InvalidOptionsError({
    problem: 'The bindings of this data source are not signed, so there is no key to change',
    mend: 'Set tenancy.signed to true, or to prepare',
  });
}
