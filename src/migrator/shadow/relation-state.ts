import type { RunSql } from '../../schema/sql.js';
import { type LockMode, type TakenLock, isStronger } from './traced-migration.js';

interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  /** Of an index: its table. */
  readonly of: number | null;
}

interface HeldLock {
  readonly oid: number;
  readonly mode: LockMode;
}

const STATE = `
select
  (select coalesce(json_agg(json_build_object('oid', c.oid::int8, 'name', n.nspname || '.' || c.relname,
      'kind', c.relkind, 'file', c.relfilenode::text, 'of', x.indrelid::int8)), '[]')
   from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_index x on x.indexrelid = c.oid
   where c.relkind in ('r','p','v','m','f','i','I') and n.nspname not in ('pg_catalog', 'information_schema')
     and n.nspname !~ '^pg_(toast|temp)') as relations,
  (select coalesce(json_agg(json_build_object('oid', l.relation::int8, 'mode', l.mode)), '[]')
   from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'relation') as locks`;

/** What there is at one moment, and what the own session holds of it. */
export class RelationState {
  private constructor(
    private readonly relations: ReadonlyMap<number, Relation>,
    private readonly locks: readonly HeldLock[],
  ) {}

  static async read(ask: RunSql): Promise<RelationState> {
    const [found] = await ask<{ relations: Relation[]; locks: HeldLock[] }>(STATE);
    const { relations = [], locks = [] } = found ?? {};
    return new RelationState(new Map(relations.map((one) => [one.oid, one])), locks);
  }

  /** The strongest lock on each table that was not held in the state before. */
  locksSince(before: RelationState, start: RelationState): TakenLock[] {
    const taken = new Map<number, LockMode>();
    for (const { oid, mode } of this.locks) {
      if (before.holds(oid, mode)) continue;
      const known = taken.get(oid);
      if (known === undefined || isStronger(mode, known)) taken.set(oid, mode);
    }
    return [...taken]
      .flatMap(([oid, mode]) => this.lockOn(oid, mode, before, start))
      .toSorted(byName);
  }

  /** Indexes made or dropped without a transaction: their locks are gone when one can look. */
  locksOfConcurrentWork(before: RelationState, start: RelationState): TakenLock[] {
    const changed = [...this.notIn(before), ...before.notIn(this)];
    const tables = new Set(changed.flatMap(({ of }) => (of === null ? [] : [of])));
    return [...tables]
      .flatMap((oid) => this.lockOn(oid, 'ShareUpdateExclusiveLock', before, start))
      .toSorted(byName);
  }

  rewritesSince(before: RelationState): string[] {
    return [...this.relations.values()]
      .filter(({ oid, kind, file }) => {
        const old = before.relations.get(oid);
        return 'rm'.includes(kind) && old !== undefined && old.file !== file;
      })
      .map(({ name }) => name)
      .toSorted();
  }

  private lockOn(
    oid: number,
    mode: LockMode,
    before: RelationState,
    start: RelationState,
  ): TakenLock[] {
    const relation = before.relations.get(oid) ?? this.relations.get(oid);
    if (!relation || relation.of !== null) return [];
    return [{ table: relation.name, mode, isNew: !start.relations.has(oid) }];
  }

  private holds(oid: number, mode: LockMode): boolean {
    return this.locks.some((lock) => lock.oid === oid && lock.mode === mode);
  }

  private notIn(other: RelationState): Relation[] {
    return [...this.relations.values()].filter(({ oid }) => !other.relations.has(oid));
  }
}

function byName(one: TakenLock, other: TakenLock): number {
  return one.table < other.table ? -1 : 1;
}
