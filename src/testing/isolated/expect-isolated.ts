import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { PinnedTransaction } from '../../connection/pinned/pinned-transaction.js';
import type { Walls } from '../../context/walls.js';
import { classOf } from '../../entities/entity-classification.js';
import { TestFailureError } from '../../errors/test-failure.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { RollbackIsolation } from '../database/isolation.js';
import { Factory } from '../factories/factory.js';
import type { Cells } from '../factories/encoded-cells.js';
import { RowFactory } from '../factories/row-factory.js';
import type { TestDatabase } from '../test-database.js';
import type { Victim } from './attacked-row.js';
import { flawsOf } from './flaws-of-table.js';
import { IsolationTrial, type TrialResult } from './isolation-trial.js';

export interface ExpectIsolatedOptions<Entity> {
  /** Saves a row for the tenant in hand. Default: a factory does. */
  readonly make?: (tenantId: string) => Promise<Entity>;
}

export interface IsolationReport {
  readonly entity: string;
  /** Ways that were tried, of which none led to a row of another tenant. */
  readonly held: readonly string[];
  /** Ways that lead nowhere for this entity, not even to own rows. */
  readonly skipped: readonly string[];
  /** Whether each wall holds without the other; undefined where it is turned off. */
  readonly alone: {
    readonly predicate: boolean | undefined;
    readonly policies: boolean | undefined;
  };
}

/** A trial turns walls off: another one, at the same time, would find them off. */
const underway = new WeakMap<RowguardDataSource, Promise<unknown>>();

/**
 * Makes rows of `entity` for two tenants and lets one try every way at the row of the other: with
 * both walls, and with each alone. Fails with all that was reached; leaves nothing behind.
 */
export async function expectIsolated<Entity extends ObjectLiteral>(
  database: TestDatabase,
  entity: EntityTarget<Entity>,
  options: ExpectIsolatedOptions<Entity> = {},
): Promise<IsolationReport> {
  const { source } = database;
  if (!source.hasMetadata(entity)) throw unknownEntity(entity);
  const metadata = source.getMetadata(entity);
  if (classOf(metadata) !== 'tenant') throw notOfTenants(metadata);
  const turn = (underway.get(source) ?? Promise.resolve()).then(() =>
    examineAside(database, metadata, options),
  );
  underway.set(
    source,
    turn.catch(() => undefined),
  );
  return turn;
}

async function examineAside<Entity extends ObjectLiteral>(
  database: TestDatabase,
  metadata: EntityMetadata,
  options: ExpectIsolatedOptions<Entity>,
): Promise<IsolationReport> {
  const { pinned } = database.source.plan;
  if (pinned) return pinned.undone(() => examine(database, pinned, metadata, options));
  const pin = await new RollbackIsolation(database.source).pin();
  try {
    return await pin.run(() => examine(database, pin, metadata, options));
  } finally {
    await pin.rollBack();
  }
}

async function examine<Entity extends ObjectLiteral>(
  database: TestDatabase,
  pin: PinnedTransaction,
  metadata: EntityMetadata,
  options: ExpectIsolatedOptions<Entity>,
): Promise<IsolationReport> {
  const { source } = database;
  const { walls } = source.plan;
  const flaws = await flawsOf(source, metadata);
  const made = await rowsFor(database, metadata, options, flaws);
  const trial = new IsolationTrial({ source, pin, metadata, ...made });
  const together = await trial.run(walls);
  const ways = [...together.held, ...together.leaks];
  const tryAlone = (wall: keyof Walls) =>
    walls[wall]
      ? trial.run({ predicate: false, policies: false, [wall]: true }, ways)
      : Promise.resolve(undefined);
  const alone = { policies: await tryAlone('policies'), predicate: await tryAlone('predicate') };
  const found = [
    ...findingsOf('with everything on', together),
    ...findingsOf('with the policies of the database alone', alone.policies),
    ...findingsOf('with the predicate of the statements alone', alone.predicate),
    ...flaws,
  ];
  if (found.length > 0) throw notIsolated(metadata, found, alone);
  return {
    entity: metadata.name,
    held: together.held,
    skipped: together.skipped,
    alone: { predicate: holds(alone.predicate), policies: holds(alone.policies) },
  };
}

async function rowsFor<Entity extends ObjectLiteral>(
  database: TestDatabase,
  metadata: EntityMetadata,
  { make }: ExpectIsolatedOptions<Entity>,
  flaws: readonly string[],
): Promise<{ own: Victim; sibling: Victim; foreign: Victim; fresh: Cells | undefined }> {
  const rows = new Factory<ObjectLiteral>(database.source, metadata.target, {});
  const one = (tenantId: string): Promise<Victim> =>
    database.asTenant(tenantId, async () => ({
      tenantId,
      row: make ? await make(tenantId) : await rows.create(),
    }));
  const [ours, theirs] = [await database.createTenant(), await database.createTenant()];
  try {
    const [own, sibling] = [await one(ours), await one(ours)];
    const foreign = await one(theirs);
    const fresh = await new RowFactory(database.source, {}, 900_000)
      .cells(metadata, ours)
      .catch(() => undefined);
    return { own, sibling, foreign, fresh };
  } catch (cause) {
    const known = flaws.map((flaw) => `\n  ${flaw}`).join('');
    throw new TestFailureError({
      problem: `No row of ${metadata.name} could be made for a tenant${known}`,
      mend: 'Look at the cause; or say how: expectIsolated(db, entity, { make: () => repository.save({ … }) })',
      cause,
      given: { entity: metadata.name },
    });
  }
}

function findingsOf(when: string, result: TrialResult | undefined): string[] {
  if (!result) return [];
  const leaks = result.leaks.map((way) => `${when}, ${way} reached another tenant`);
  return result.seesOwnRows ? leaks : [...leaks, `${when}, a tenant does not see its own rows`];
}

function holds(result: TrialResult | undefined): boolean | undefined {
  return result && result.leaks.length === 0 && result.seesOwnRows;
}

function said(wall: boolean | undefined): string {
  if (wall === undefined) return 'is off';
  return wall ? 'holds alone' : 'does not hold alone';
}

function notIsolated(
  { name }: EntityMetadata,
  found: readonly string[],
  alone: { predicate: TrialResult | undefined; policies: TrialResult | undefined },
): TestFailureError {
  const walls = `the predicate ${said(holds(alone.predicate))}, row-level security ${said(holds(alone.policies))}`;
  return new TestFailureError({
    problem: `Rows of ${name} are not kept to their tenant (${walls}):\n${found.map((one) => `  ${one}`).join('\n')}\n`,
    mend: 'Run npx rowguard doctor against the database, and start the application once as the owner of the tables',
    given: { entity: name, found: found.length },
  });
}

function unknownEntity(entity: unknown): TestFailureError {
  const name = typeof entity === 'function' ? entity.name : typeof entity;
  return new TestFailureError({
    problem: `The test database does not know the entity ${name}`,
    mend: 'Name it among the entities: TestDatabase.start({ entities: [ … ] })',
  });
}

function notOfTenants({ name }: EntityMetadata): TestFailureError {
  return new TestFailureError({
    problem: `${name} is no entity of tenants: every tenant sees all of its rows`,
    mend: 'Let it extend TenantEntity or TenantRecord instead of a shared one; if it is shared on purpose, there is nothing to expect here',
    given: { entity: name },
  });
}
