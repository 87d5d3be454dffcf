import { createHash } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import { classOf } from '../../entities/entity-classification.js';
import { dollarQuoted } from '../../schema/dollar-quoted.js';
import { nameWithin } from '../../schema/function-name.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import { isDeletable, type OwnerReference } from '../owner-reference.js';

export const OWNER_PREFIX = 'rowguard_owner_';
export const OWNER_DELETED = 'RGD01';
const HASH_LENGTH = 8;
const SEARCH_PATH = 'pg_catalog, pg_temp';

type Event = 'insert' | 'update';

export interface OwnerTrigger {
  /** Ends in a hash of its text: one of this name is as it has to be. */
  readonly name: string;
  readonly statement: string;
}

/** What keeps living rows of one table from standing below a deleted owner. */
export class OwnerGuardedTable {
  readonly schema: string;
  readonly table: string;
  readonly functionName: string;
  readonly body: string;
  readonly triggers: readonly OwnerTrigger[];
  /** As the catalog shows them. */
  readonly settings: readonly string[] = [`search_path=${SEARCH_PATH}`];

  constructor(
    private readonly child: EntityMetadata,
    private readonly references: readonly OwnerReference[],
    private readonly defaultSchema: string,
  ) {
    this.schema = child.schema ?? defaultSchema;
    this.table = child.tableName;
    this.functionName = nameWithin(OWNER_PREFIX, child.tableName);
    this.body = this.bodyText();
    this.triggers = [this.trigger('insert'), this.trigger('update')];
  }

  /** The tables that the triggers read. */
  get owners(): readonly { readonly schema: string; readonly table: string }[] {
    return this.references.map(({ owner }) => ({
      schema: owner.schema ?? this.defaultSchema,
      table: owner.tableName,
    }));
  }

  createFunction(): string {
    return `CREATE OR REPLACE FUNCTION ${quoteName(this.schema)}.${quoteName(this.functionName)}() RETURNS trigger LANGUAGE plpgsql SET search_path = ${SEARCH_PATH} AS ${dollarQuoted(this.body)}`;
  }

  private bodyText(): string {
    return `
BEGIN${this.references.map((one) => this.check(one)).join('')}
  RETURN NULL;
END`;
  }

  /**
   * An owner that the same act deleted is on its way back together with the row. OFFSET 0 keeps to the
   * primary key: an index of deleted rows looks small, and is full of those that came back just before.
   */
  private check(reference: OwnerReference): string {
    const { owner, property } = reference;
    const table = `${quoteName(owner.schema ?? this.defaultSchema)}.${quoteName(owner.tableName)}`;
    const keys = reference.columns.map(
      ({ own, owned }) => `owner.${quoteName(owned)} = NEW.${quoteName(own)}`,
    );
    const gone = `owner.${quoteName(owner.deleteDateColumn?.databaseName ?? '')} IS NOT NULL`;
    return `${this.held(reference, table, keys)}
  IF (${this.isNew(reference)}) AND EXISTS (
    SELECT FROM (SELECT * FROM ${table} AS owner WHERE ${keys.join(' AND ')} OFFSET 0) AS owner
    WHERE ${[gone, ...this.isOfAnother(owner)].join(' AND ')})
  THEN
    RAISE EXCEPTION 'a living row cannot stand below a deleted one' USING ERRCODE = '${OWNER_DELETED}',
      TABLE = ${quoteLiteral(owner.name)}, CONSTRAINT = ${quoteLiteral(`${this.child.name}.${property}`)};
  END IF;`;
  }

  /**
   * A row that comes back changes no reference, and so locks no owner by its foreign key, and a deferred key
   * locks it too late: without this the row could pass a deletion that is on its way. Tenants may lock
   * their own rows only.
   */
  private held(
    { owner, isHeldAtOnce }: OwnerReference,
    table: string,
    keys: readonly string[],
  ): string {
    if (classOf(owner) !== 'tenant') return '';
    const hold = `PERFORM FROM ${table} AS owner WHERE ${keys.join(' AND ')} FOR KEY SHARE;`;
    if (!isHeldAtOnce) return `\n  ${hold}`;
    if (!isDeletable(this.child)) return '';
    const deleted = quoteName(this.child.deleteDateColumn?.databaseName ?? '');
    return `
  IF TG_OP = 'UPDATE' AND OLD.${deleted} IS NOT NULL THEN
    ${hold}
  END IF;`;
  }

  private isOfAnother(owner: EntityMetadata): string[] {
    if (!isDeletable(this.child)) return [];
    const [own, owned] = [this.child, owner].map(batchOf);
    return [`(OLD.${own} IS NULL OR owner.${owned} IS DISTINCT FROM OLD.${own})`];
  }

  private trigger(event: Event): OwnerTrigger {
    const columns = new Set(this.references.flatMap((one) => one.columns.map(({ own }) => own)));
    if (isDeletable(this.child)) columns.add(this.child.deleteDateColumn?.databaseName ?? '');
    const when =
      event === 'insert' ? 'INSERT' : `UPDATE OF ${[...columns].map(quoteName).join(', ')}`;
    const place = `${quoteName(this.schema)}.${quoteName(this.table)}`;
    const rest = `AFTER ${when} ON ${place} FOR EACH ROW WHEN (${this.condition(event)}) EXECUTE FUNCTION ${quoteName(this.schema)}.${quoteName(this.functionName)}()`;
    const hash = createHash('sha256').update(rest).digest('hex').slice(0, HASH_LENGTH);
    const name = `${OWNER_PREFIX}${event}_${hash}`;
    return { name, statement: `CREATE TRIGGER ${quoteName(name)} ${rest}` };
  }

  /** Asked before the function is called: nearly every update has nothing to do with it. */
  private condition(event: Event): string {
    const named = this.references.map((reference) =>
      event === 'insert' ? isNamed(reference) : `(${isNamed(reference)} AND ${isMoved(reference)})`,
    );
    if (!isDeletable(this.child)) return named.join(' OR ');
    const deleted = quoteName(this.child.deleteDateColumn?.databaseName ?? '');
    const revived = event === 'update' ? [`OLD.${deleted} IS NOT NULL`] : [];
    return `NEW.${deleted} IS NULL AND (${[...revived, ...named].join(' OR ')})`;
  }

  private isNew(reference: OwnerReference): string {
    const conditions = [`TG_OP = 'INSERT'`, isMoved(reference)];
    if (isDeletable(this.child)) {
      const deleted = quoteName(this.child.deleteDateColumn?.databaseName ?? '');
      conditions.push(`OLD.${deleted} IS NOT NULL`);
    }
    return conditions.join(' OR ');
  }
}

function isNamed({ columns }: OwnerReference): string {
  return columns.map(({ own }) => `NEW.${quoteName(own)} IS NOT NULL`).join(' AND ');
}

function isMoved({ columns }: OwnerReference): string {
  const [olds, news] = ['OLD', 'NEW'].map((row) =>
    columns.map(({ own }) => `${row}.${quoteName(own)}`).join(', '),
  );
  return `(${olds}) IS DISTINCT FROM (${news})`;
}

function batchOf(metadata: EntityMetadata): string {
  return quoteName(metadata.findColumnWithPropertyName('deleteBatch')?.databaseName ?? '');
}
