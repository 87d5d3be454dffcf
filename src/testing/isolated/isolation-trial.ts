import type { EntityMetadata } from 'typeorm';
import type { PinnedTransaction } from '../../connection/pinned/pinned-transaction.js';
import { TenantContext } from '../../context/tenant-context.js';
import type { Walls } from '../../context/walls.js';
import { TENANT_COLUMN, TENANT_PROPERTY } from '../../entities/base-columns.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { Cells } from '../factories/encoded-cells.js';
import { type Attempt, type Victim, tableOf } from './attacked-row.js';
import { WAYS_TO_READ, type Way, waysOfRelations } from './ways-to-read.js';
import { WAYS_TO_WRITE, waysOfReferences } from './ways-to-write.js';

/** Who tries, with which rows, and whom it must not reach. */
export interface Stage {
  readonly source: RowguardDataSource;
  readonly pin: PinnedTransaction;
  readonly metadata: EntityMetadata;
  readonly own: Victim;
  /** Of the same tenant: shows that a way leads anywhere. */
  readonly sibling: Victim;
  readonly foreign: Victim;
  readonly fresh: Cells | undefined;
}

export interface TrialResult {
  /** Ways that reached a row of the other tenant. */
  readonly leaks: readonly string[];
  /** Ways that reach an own row, and no other. */
  readonly held: readonly string[];
  /** Ways that do not exist for this entity. */
  readonly skipped: readonly string[];
  readonly seesOwnRows: boolean;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tries every way at a row of the other tenant, each from the same rows, and undoes it. */
export class IsolationTrial {
  private readonly ways: readonly Way[];

  constructor(private readonly stage: Stage) {
    this.ways = [
      ...WAYS_TO_READ,
      ...waysOfRelations(stage),
      ...[...WAYS_TO_WRITE, ...waysOfReferences(stage)].map((way): Way => ({
        ...way,
        writes: true,
      })),
    ];
  }

  /**
   * With these walls; a wall of the database that is off is off for the time of the trial. `ways`:
   * those that are known to lead somewhere; unless told, each shows it first at an own row.
   */
  async run(walls: Walls, ways?: readonly string[]): Promise<TrialResult> {
    const { source, pin, metadata } = this.stage;
    const before = source.plan.walls;
    return pin.undone(async () => {
      if (before.policies && !walls.policies) {
        await pin.bare(`alter table ${tableOf(metadata, source)} disable row level security`);
      }
      Object.assign(source.plan, { walls });
      try {
        return await this.tryAll(ways);
      } finally {
        Object.assign(source.plan, { walls: before });
      }
    });
  }

  private async tryAll(known: readonly string[] | undefined): Promise<TrialResult> {
    const { sibling, foreign } = this.stage;
    const [leaks, held, skipped]: [string[], string[], string[]] = [[], [], []];
    const [first] = this.ways;
    for (const way of this.ways.filter(({ name }) => known?.includes(name) ?? true)) {
      const isSure = known !== undefined && way !== first;
      const leadsAnywhere = isSure || (await this.reaches(way, sibling));
      if (await this.reaches(way, foreign)) leaks.push(way.name);
      else (leadsAnywhere ? held : skipped).push(way.name);
    }
    const seesOwnRows = first !== undefined && !skipped.includes(first.name);
    return { leaks, held, skipped, seesOwnRows };
  }

  /** Whether the way has seen or changed something of the victim's, or has put something there. */
  private reaches(way: Way, victim: Victim): Promise<boolean> {
    const { pin, own, source, metadata, fresh } = this.stage;
    const attempt: Attempt = { source, metadata, victim, own: own.row, fresh };
    return pin.undone(async () => {
      const done = await quietly(() =>
        TenantContext.run({ tenantId: victim.tenantId }, async () => way.prepare?.(attempt)),
      );
      if (done instanceof Error) return false;
      const before = way.writes ? await this.rowsOf(victim) : undefined;
      const seen = await quietly(() =>
        TenantContext.run({ tenantId: own.tenantId }, () => way.run(attempt)),
      );
      if (seen === true) return true;
      const ids = this.tellTales(victim, way.writes === true);
      if (!(seen instanceof Error) && tells(seen, ids)) return true;
      if (!way.writes) return false;
      const after = await this.rowsOf(victim);
      if (after.victims !== before?.victims) return true;
      return victim !== this.stage.sibling && tells(after.ours, ids);
    });
  }

  /** Past every wall, as text; another version of a row is another text. */
  private async rowsOf(victim: Victim): Promise<{ victims: string; ours: string }> {
    const { pin, metadata, source, own } = this.stage;
    const rows = await pin.bare<{ tenant: string; row: string }>(
      `select ${TENANT_COLUMN}::text as tenant, (to_jsonb(t) || jsonb_build_object('version of the row', t.xmin::text || t.ctid::text))::text as row
       from ${tableOf(metadata, source)} t where ${TENANT_COLUMN} in ($1, $2) order by 1, 2`,
      [victim.tenantId, own.tenantId],
    );
    const of = (tenantId: string) =>
      rows.flatMap(({ tenant, row }) => (tenant === tenantId ? [row] : [])).join('\n');
    return { victims: of(victim.tenantId), ours: of(own.tenantId) };
  }

  /** Ids that stand in the victim's row and not in our own. Whoever writes has named the key itself. */
  private tellTales(victim: Victim, withoutKey: boolean): string[] {
    const { metadata, own } = this.stage;
    const ours = Object.values(own.row) as unknown[];
    return metadata.columns
      .filter((one) => !(withoutKey && one.isPrimary && one.propertyName !== TENANT_PROPERTY))
      .map((column) => column.getEntityValue(victim.row) as unknown)
      .filter((value): value is string => typeof value === 'string' && UUID.test(value))
      .filter((id) => !ours.includes(id));
  }
}

function tells(seen: unknown, ids: readonly string[]): boolean {
  const text = typeof seen === 'string' ? seen : JSON.stringify(seen ?? null);
  return ids.some((id) => text.includes(id));
}

async function quietly(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
