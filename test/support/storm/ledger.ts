import type { ScratchDatabase } from '../scratch-database.js';

/** What has to be true of a row at the end; `unknown` where the connection died over the answer. */
export type Fate = 'kept' | 'undone' | 'unknown';

interface Entry {
  readonly tenantId: string;
  fate: Fate;
}

export interface Verdict {
  readonly rows: number;
  readonly wrongs: readonly string[];
}

/** Every write of the storm, by its unique mark, and what has to have become of it. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();

  /** Notes a write before it is sent. */
  open(tenantId: string): string {
    const mark = `w${this.entries.size}`;
    this.entries.set(mark, { tenantId, fate: 'unknown' });
    return mark;
  }

  settle(marks: readonly string[], fate: Fate): void {
    for (const mark of marks) {
      const entry = this.entries.get(mark);
      if (entry) entry.fate = fate;
    }
  }

  get counts(): Readonly<Record<Fate, number>> {
    const counts = { kept: 0, undone: 0, unknown: 0 };
    for (const { fate } of this.entries.values()) counts[fate]++;
    return counts;
  }

  /** Looks past the walls at all rows. */
  async verify(database: ScratchDatabase): Promise<Verdict> {
    const { rows } = await database.asOwner((client) =>
      client.query<{ mark: string; tenant: string; canary: string }>(
        'select email as mark, tenant_id as tenant, note as canary from customers',
      ),
    );
    const wrongs: string[] = [];
    const present = new Set<string>();
    for (const { mark, tenant, canary } of rows) {
      const entry = this.entries.get(mark);
      present.add(mark);
      if (!entry) wrongs.push(`${mark} was never written`);
      else if (entry.tenantId !== tenant) wrongs.push(`${mark} belongs to another tenant`);
      else if (canary !== canaryOf(tenant)) wrongs.push(`${mark} carries a foreign canary`);
      else if (entry.fate === 'undone') wrongs.push(`${mark} was undone, and is there`);
    }
    for (const [mark, { fate }] of this.entries) {
      if (fate === 'kept' && !present.has(mark)) wrongs.push(`${mark} was committed, and is gone`);
    }
    return { rows: rows.length, wrongs };
  }
}

export function canaryOf(tenantId: string): string {
  return `canary of ${tenantId}`;
}
