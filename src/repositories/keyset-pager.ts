import {
  Brackets,
  type FindOptionsOrder,
  type FindOptionsRelations,
  type FindOptionsWhere,
  type ObjectLiteral,
  type Repository,
  type SelectQueryBuilder,
} from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { DeletedOptions } from '../predicate/deleted/deleted-options.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { checkedLimit } from '../validation/page-limit.js';
import { decodeCursor, encodeCursor } from '../validation/cursor.js';

export interface KeysetPageOptions<Entity> extends DeletedOptions<Entity> {
  /** Default 50, at most 1,000. */
  readonly limit?: number;
  /** The cursor that the page before ended with. */
  readonly after?: string;
  readonly where?: FindOptionsWhere<Entity> | FindOptionsWhere<Entity>[];
  /** Columns that are never null. Default: by id, which is the order of creation. */
  readonly order?: FindOptionsOrder<Entity>;
  readonly relations?: FindOptionsRelations<Entity>;
  readonly withDeleted?: boolean;
}

export interface KeysetPage<Entity> {
  readonly items: Entity[];
  /** For the next page; undefined on the last one. */
  readonly next: string | undefined;
}

interface SortKey {
  readonly column: ColumnMetadata;
  readonly descending: boolean;
}

/** Pages by position instead of by number: the database seeks to the row after the last one seen. */
export class KeysetPager<Entity extends ObjectLiteral> {
  constructor(private readonly repository: Repository<Entity>) {}

  async page(options: KeysetPageOptions<Entity>): Promise<KeysetPage<Entity>> {
    const limit = checkedLimit(options.limit);
    const keys = this.sortKeys(options.order);
    const { where, relations, withDeleted, deleted, includeDeleted, after } = options;
    const alias = this.repository.metadata.name;
    const builder = this.repository.createQueryBuilder(alias).setFindOptions({
      ...(where ? { where } : {}),
      ...(relations ? { relations } : {}),
      ...(withDeleted ? { withDeleted } : {}),
      ...(deleted === undefined ? {} : { deleted }),
      ...(includeDeleted === undefined ? {} : { includeDeleted }),
    });
    for (const { column, descending } of keys) {
      builder.addOrderBy(`${alias}.${column.propertyPath}`, descending ? 'DESC' : 'ASC');
    }
    if (after !== undefined) this.seek(builder, keys, decodeCursor(after, keys.map(nameOf)));
    const rows = await builder.take(limit + 1).getMany();
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const isLast = rows.length <= limit || !last;
    return {
      items,
      next: isLast ? undefined : encodeCursor(keys.map(nameOf), valuesOf(keys, last)),
    };
  }

  /** (a, b) > (x, y) spelled out, because the columns may run in different directions. */
  private seek(builder: SelectQueryBuilder<Entity>, keys: SortKey[], values: unknown[]): void {
    const alias = this.repository.metadata.name;
    builder.andWhere(
      new Brackets((either) => {
        keys.forEach(({ column, descending }, at) => {
          const equal = keys
            .slice(0, at)
            .map((key, before) => `${alias}.${key.column.propertyPath} = :keyset${before}`);
          const beyond = `${alias}.${column.propertyPath} ${descending ? '<' : '>'} :keyset${at}`;
          either.orWhere([...equal, beyond].join(' AND '));
        });
      }),
    );
    values.forEach((value, at) => builder.setParameter(`keyset${at}`, value));
  }

  private sortKeys(order: FindOptionsOrder<Entity> | undefined): SortKey[] {
    const given = Object.entries((order ?? {}) as Record<string, unknown>);
    const keys = given.map(([property, direction]) => this.sortKey(property, direction));
    if (!keys.some((key) => key.column.propertyPath === 'id')) {
      const descending = keys.at(-1)?.descending ?? false;
      keys.push({ column: this.column('id'), descending });
    }
    return keys;
  }

  private sortKey(property: string, direction: unknown): SortKey {
    const column = this.column(property);
    const text = String(direction).toUpperCase();
    if (!['ASC', 'DESC', '1', '-1'].includes(text)) {
      throw refused(`The direction of ${property} is neither ASC nor DESC`);
    }
    if (!column.isSelect) throw refused(`${property} is hidden, and an order would tell of it`);
    if (column.isNullable) throw refused(`${property} may be null, and null has no position`);
    if (isTooFine(column)) {
      throw refused(
        `${property} holds microseconds, which a JavaScript Date cannot carry; declare it with precision: 3`,
      );
    }
    return { column, descending: text === 'DESC' || text === '-1' };
  }

  private column(property: string): ColumnMetadata {
    const found = this.repository.metadata.findColumnWithPropertyPath(property);
    if (!found)
      throw refused(`${this.repository.metadata.name} has no column ${property.slice(0, 60)}`);
    return found;
  }
}

const TIMES = [
  'timestamptz',
  'timestamp',
  'timestamp with time zone',
  'timestamp without time zone',
];
const MILLISECONDS = 3;

function isTooFine(column: ColumnMetadata): boolean {
  return TIMES.includes(String(column.type)) && (column.precision ?? Infinity) > MILLISECONDS;
}

function nameOf(key: SortKey): string {
  return `${key.descending ? '-' : ''}${key.column.propertyPath}`;
}

function valuesOf(keys: readonly SortKey[], row: ObjectLiteral): unknown[] {
  return keys.map((key) => key.column.getEntityValue(row) as unknown);
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Order by columns of the entity that are never null',
  });
}
