import { randomInt } from 'node:crypto';
import type { AuditAnchor, AuditVerificationReport, RowguardDataSource } from 'nestjs-rowguard';
import { LogVerification } from '../../src/audit/seal/verify/log-verification.js';
import { runAsOwner } from '../../src/context/owner-work.js';
import type { TestKey } from './sealed-log.js';
import { TAMPERINGS, TamperedLog, type Tampering } from './tampering.js';

export interface BatteryResult {
  readonly tried: number;
  /** Deeds that were not found, or were called something else. */
  readonly wrong: readonly string[];
}

class Undo extends Error {}

/** Does one deed after the other, verifies, and undoes it. */
export async function tamper(
  source: RowguardDataSource,
  {
    key,
    anchor,
    seals,
    times,
    seed = randomInt(2 ** 31),
  }: {
    key: TestKey;
    anchor: AuditAnchor;
    seals: number;
    times: number;
    seed?: number;
  },
): Promise<BatteryResult> {
  const random = seeded(seed);
  const wrong: string[] = [];
  for (let nr = 0; nr < times; nr++) {
    const deed = TAMPERINGS[nr % TAMPERINGS.length] as Tampering;
    const log = new TamperedLog(source, random, seals);
    const statements: string[] = [];
    const tampered = Object.assign(Object.create(log) as TamperedLog, {
      sql: (sql: string, values?: unknown[]) => {
        statements.push(`${sql} ${JSON.stringify(values ?? [])}`);
        return log.sql(sql, values);
      },
    });
    const report = await undone(source, async () => {
      await deed.run(tampered);
      const range = {
        anchor: deed.needsAnchor ? anchor : undefined,
        from: undefined,
        to: undefined,
      };
      return new LogVerification(source, () => key.publicKey, range).run();
    });
    const kinds = new Set(report.findings.map((one) => one.kind));
    const right =
      kinds.delete(deed.found) && [...kinds].every((kind) => deed.beside?.includes(kind));
    if (!right)
      wrong.push(
        `${deed.name} (seed ${seed}): ${JSON.stringify(report.counts)} ${statements.at(-1)}`,
      );
  }
  return { tried: times, wrong };
}

/** As a superuser whose session sets off no triggers, in a transaction that is not kept. */
async function undone(
  source: RowguardDataSource,
  work: () => Promise<AuditVerificationReport>,
): Promise<AuditVerificationReport> {
  let report: AuditVerificationReport | undefined;
  await runAsOwner('tampering', () =>
    source.transaction(async () => {
      await source.query('set local session_replication_role = replica');
      report = await work();
      throw new Undo();
    }),
  ).catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
  if (!report) throw new Error('nothing was verified');
  return report;
}

/** The same numbers for the same seed, so that what went wrong can be looked at again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
