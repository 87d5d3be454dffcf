import type { EntityManager } from 'typeorm';
import { BoundValues } from './bound-values.js';
import type { LiveReference } from './live-references.js';
import {
  type Place,
  captureOf,
  deletion,
  isAt,
  lockRows,
  placesOf,
  sendDeletion,
} from './purge-batch.js';
import type { PurgeConditions } from './purge-conditions.js';

/** Rows that refer to each other go in one statement, or not at all. */
interface Member {
  readonly table: number;
  readonly row: Place;
}

interface Link {
  readonly parent: string;
  readonly child: string;
  readonly childTable: number;
  readonly childRow: Place;
}

const MOST_STEPS = 40;
/** So many rows refer to one another that they are no knot, but a crowd. */
const MOST_LINKS = 20_000;

/** The application would not hear of what a statement deletes in several tables: those rows stay. */
export function mayUndoKnots(
  manager: EntityManager,
  conditions: PurgeConditions,
  group: readonly number[],
): boolean {
  const changes = captureOf(manager);
  if (group.length === 1) return true;
  return !group.some((table) => changes?.tableOf(conditions.table(table).metadata));
}

/** A few rows of tables that refer to each other, and what refers to them, as far as it may go. */
export class PurgeKnot {
  private readonly members = new Map<string, Member>();
  /** Who refers to a row: some of them may be no members. */
  private readonly links: Link[] = [];
  /** Of whom not everything is known that refers to them. */
  private readonly open = new Set<string>();

  constructor(
    private readonly manager: EntityManager,
    private readonly conditions: PurgeConditions,
    private readonly group: readonly number[],
    private readonly most: number,
  ) {}

  /** Answers how many rows went of each table. */
  async undo(table: number, rows: readonly Place[]): Promise<ReadonlyMap<number, number>> {
    const seeds = await lockRows(this.manager, this.conditions, table, rows, this.outer(table));
    let newest = seeds.map((row) => this.add(table, row));
    for (let step = 0; newest.length > 0; step++) {
      const links = await this.linksTo(newest);
      this.links.push(...links);
      if (links.length >= MOST_LINKS) newest.forEach((key) => this.open.add(key));
      const mayGrow = step < MOST_STEPS && this.members.size < this.most;
      newest = mayGrow ? await this.grow(links) : [];
    }
    return this.delete(this.free());
  }

  private add(table: number, row: Place): string {
    const key = keyOf(row);
    this.members.set(key, { table, row });
    return key;
  }

  private get inner(): LiveReference[] {
    return this.conditions.facts.references.filter(
      ({ parent, child }) =>
        child !== undefined && this.group.includes(parent) && this.group.includes(child),
    );
  }

  /** What keeps a row of the group from outside of it. */
  private outer(table: number): LiveReference[] {
    return this.conditions.referencesTo(table).filter((one) => !this.inner.includes(one));
  }

  private async linksTo(keys: readonly string[]): Promise<Link[]> {
    const bound = new BoundValues();
    const parts = this.inner.flatMap((reference) => {
      const rows = this.rowsOf(keys, reference.parent);
      if (rows.length === 0) return [];
      return [
        `SELECT parent.tableoid::text AS "parentPart", parent.ctid::text AS "parentPlace", ${reference.child} AS "childTable", child.tableoid::text AS part, child.ctid::text AS place
        FROM ${placesOf(rows, 'locked', bound)}
        JOIN ${this.conditions.table(reference.parent).path} parent ON ${isAt('parent', 'locked')}
        JOIN ${reference.path} child ON ${this.conditions.joins(reference, 'child', 'parent')}`,
      ];
    });
    if (parts.length === 0) return [];
    const found = await this.manager.query<
      { parentPart: string; parentPlace: string; childTable: number; part: string; place: string }[]
    >(`${parts.join(' UNION ALL ')} LIMIT ${MOST_LINKS}`, bound.values);
    return found.map(({ parentPart, parentPlace, childTable, part, place }) => ({
      parent: `${parentPart} ${parentPlace}`,
      child: `${part} ${place}`,
      childTable,
      childRow: { part, place },
    }));
  }

  /** Takes in what refers to the rows, and may go itself. */
  private async grow(links: readonly Link[]): Promise<string[]> {
    const added: string[] = [];
    for (const table of this.group) {
      const strangers = new Map(
        links
          .filter((one) => one.childTable === table && !this.members.has(one.child))
          .map((one) => [one.child, one.childRow]),
      );
      const most = this.most - this.members.size;
      if (strangers.size === 0 || most < 1) continue;
      const some = [...strangers.values()].slice(0, most);
      const keeping = this.outer(table);
      const rows = await lockRows(this.manager, this.conditions, table, some, keeping);
      added.push(...rows.map((row) => this.add(table, row)));
    }
    return added;
  }

  /** All but those that something refers to which stays, and what these refer to in turn. */
  private free(): string[] {
    const stays = this.links.filter((one) => !this.members.has(one.child)).map((one) => one.parent);
    const bad = new Set([...this.open, ...stays]);
    const parents = new Map<string, string[]>();
    for (const { parent, child } of this.links)
      parents.set(child, [...(parents.get(child) ?? []), parent]);
    for (const key of bad) for (const parent of parents.get(key) ?? []) bad.add(parent);
    return [...this.members.keys()].filter((key) => !bad.has(key));
  }

  /** All of them, unless one is held or referred to by now. */
  private async delete(keys: readonly string[]): Promise<ReadonlyMap<number, number>> {
    const bound = new BoundValues();
    const tables = this.group.filter((table) => this.rowsOf(keys, table).length > 0);
    const kept = tables.map((table) => this.keptNow(keys, table, bound)).join(' UNION ALL ');
    const parts = tables.map((table) => {
      const text = deletion(this.conditions, table, this.rowsOf(keys, table), bound);
      return { table, text: `${text} AND NOT EXISTS (SELECT FROM kept)` };
    });
    const [first, ...others] = parts;
    if (!first) return new Map();
    if (others.length === 0) {
      const text = `WITH kept AS (${kept}) ${first.text}`;
      const gone = await sendDeletion(this.manager, this.conditions, first.table, text, bound);
      return new Map([[first.table, gone]]);
    }
    const gone = parts.map(({ table, text }) => `gone_${table} AS (${text} RETURNING 1)`);
    const counts = tables.map(
      (table) => `(SELECT count(*)::float8 FROM gone_${table}) AS "${table}"`,
    );
    const [answer] = await this.manager.query<Record<string, number>[]>(
      `WITH kept AS (${kept}), ${gone.join(', ')} SELECT ${counts.join(', ')}`,
      bound.values,
    );
    return new Map(tables.map((table) => [table, answer?.[table] ?? 0]));
  }

  private keptNow(keys: readonly string[], table: number, bound: BoundValues): string {
    const places = placesOf(this.rowsOf(keys, table), 'locked', bound);
    const free = `NOT ${this.conditions.held(table, 'dead')} AND ${this.conditions.unreferenced(table, 'dead', this.outer(table))}`;
    return `SELECT 1 FROM ${this.conditions.table(table).path} dead, ${places} WHERE ${isAt('dead', 'locked')} AND NOT (${free})`;
  }

  private rowsOf(keys: readonly string[], table: number): Place[] {
    return keys.flatMap((key) => {
      const member = this.members.get(key);
      return member?.table === table ? [member.row] : [];
    });
  }
}

function keyOf({ part, place }: Place): string {
  return `${part} ${place}`;
}
