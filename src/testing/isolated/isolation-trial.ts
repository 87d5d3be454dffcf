import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { PinnedTransaction } from '../../connection/pinned/pinned-transaction.js';
import { TenantContext } from '../../context/tenant-context.js';
import type { Walls } from '../../context/walls.js';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { Cells } from '../factories/row-factory.js';
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
      ...WAYS_TO_WRITE,
      ...waysOfReferences(stage),
    ];
  }

  /** With these walls; a wall of the database that is off is off for the time of the trial. */
  async run(walls: Walls): Promise<TrialResult> {
    const { source, pin, metadata } = this.stage;
    const before = source.plan.walls;
    return pin.undone(async () => {
      if (before.policies && !walls.policies) {
        await pin.bare(`alter table ${tableOf(metadata, source)} disable row level security`);
      }
      Object.assign(source.plan, { walls });
      try {
        return await this.tryAll();
      } finally {
        Object.assign(source.plan, { walls: before });
      }
    });
  }

  private async tryAll(): Promise<TrialResult> {
    const [leaks, held, skipped]: [string[], string[], string[]] = [[], [], []];
    for (const way of this.ways) {
      const leadsAnywhere = await this.reaches(way, this.stage.sibling);
      if (await this.reaches(way, this.stage.foreign)) leaks.push(way.name);
      else (leadsAnywhere ? held : skipped).push(way.name);
    }
    const seesOwnRows = held.includes('find') || leaks.includes('find');
    return { leaks, held, skipped, seesOwnRows };
  }

  /** Whether the way has seen or changed something of the victim's, or has put something there. */
  private reaches(way: Way, victim: Victim): Promise<boolean> {
    const { pin, own, source, metadata, fresh } = this.stage;
    return pin.undone(async () => {
      const attempt: Attempt = { source, metadata, victim, own: own.row, fresh };
      const { prepare } = way;
      if (prepare) {
        const done = await quietly(() =>
          TenantContext.run({ tenantId: victim.tenantId }, () => prepare(attempt)),
        );
        if (done instanceof Error) return false;
      }
      const before = await this.rowsOf(victim.tenantId);
      const seen = await quietly(() =>
        TenantContext.run({ tenantId: own.tenantId }, () => way.run(attempt)),
      );
      if (seen === true) return true;
      if (!(seen instanceof Error) && this.tells(seen, victim)) return true;
      if ((await this.rowsOf(victim.tenantId)) !== before) return true;
      const isForeign = victim.tenantId !== own.tenantId;
      return isForeign && this.tells(await this.rowsOf(own.tenantId), victim);
    });
  }

  /** The rows of a tenant past every wall, as text; another version of a row is another text. */
  private async rowsOf(tenantId: string): Promise<string> {
    const { pin, metadata, source } = this.stage;
    const rows = await pin.bare<{ row: string }>(
      `select (to_jsonb(t) || jsonb_build_object('version of the row', t.xmin::text || t.ctid::text))::text as row
       from ${tableOf(metadata, source)} t where ${TENANT_COLUMN} = $1 order by 1`,
      [tenantId],
    );
    return rows.map(({ row }) => row).join('\n');
  }

  /** Ids that stand in the victim's row and not in our own. */
  private tells(seen: unknown, victim: Victim): boolean {
    const text = typeof seen === 'string' ? seen : JSON.stringify(seen ?? null);
    const ours = Object.values(this.stage.own.row);
    return idsIn(this.stage.metadata, victim.row)
      .filter((id) => !ours.includes(id))
      .some((id) => text.includes(id));
  }
}

function idsIn(metadata: EntityMetadata, row: ObjectLiteral): string[] {
  return metadata.columns
    .map((column) => column.getEntityValue(row) as unknown)
    .filter((value): value is string => typeof value === 'string' && UUID.test(value));
}

async function quietly(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
