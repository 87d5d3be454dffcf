import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';
import { createHash } from 'node:crypto';
import { nameHead } from '../sql/name-head.js';
import { OF_AN_ACT, OF_THE_DELETED, TENANT_COLUMN, TENANT_PROPERTY } from './base-columns.js';

const LONGEST_IDENTIFIER = 63;

export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** snake_case columns, and constraint names that say what they hold: `uq_invoices_tenant_id_number`. */
export class RowguardNamingStrategy
  extends DefaultNamingStrategy
  implements NamingStrategyInterface
{
  override tableName(targetName: string, userSpecifiedName: string | undefined): string {
    return userSpecifiedName ?? `${snakeCase(targetName)}s`;
  }

  override columnName(
    property: string,
    customName: string | undefined,
    prefixes: string[],
  ): string {
    return [...prefixes.map(snakeCase), customName ?? snakeCase(property)].join('_');
  }

  override relationName(property: string): string {
    return property;
  }

  /** A reference shares the tenant of its row, so that it cannot point at another tenant's. */
  override joinColumnName(relation: string, referenced: string): string {
    if (referenced === TENANT_PROPERTY) return TENANT_COLUMN;
    return snakeCase(`${relation}_${referenced}`);
  }

  override joinTableName(first: string, second: string, firstProperty: string): string {
    return snakeCase(`${first}_${firstProperty.replaceAll('.', '_')}`);
  }

  /** Both sides of a join table bring the tenant; under one name they can become one column. */
  override joinTableColumnName(table: string, property: string, column?: string): string {
    return property === TENANT_PROPERTY
      ? TENANT_COLUMN
      : snakeCase(`${table}_${column ?? property}`);
  }

  override joinTableColumnDuplicationPrefix(column: string, index: number): string {
    return column === TENANT_COLUMN ? column : `${column}_${index}`;
  }

  override primaryKeyName(table: Table | string): string {
    return identifier('pk', this.getTableName(table), []);
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return identifier('fk', this.getTableName(table), columns);
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return identifier('uq', this.getTableName(table), columns);
  }

  override relationConstraintName(table: Table | string, columns: string[]): string {
    return identifier('rel', this.getTableName(table), columns);
  }

  override indexName(table: Table | string, columns: string[], where?: string): string {
    const isOfLiving = Boolean(where) && where !== OF_AN_ACT && where !== OF_THE_DELETED;
    return identifier(
      'ix',
      this.getTableName(table),
      isOfLiving ? [...columns, 'active'] : columns,
    );
  }

  /** The columns that it speaks of, and a hash, because several may speak of the same. */
  override checkConstraintName(table: Table | string, expression: string): string {
    const quoted = new Set([...expression.matchAll(/"(\w+)"/g)].map(([, name]) => name ?? ''));
    return identifier('ck', this.getTableName(table), [...quoted, shortHash(expression)]);
  }
}

/** PostgreSQL cuts names at 63 bytes without a word; a hash keeps long ones apart. */
function identifier(prefix: string, table: string, columns: readonly string[]): string {
  const name = [prefix, table.split('.').pop() ?? table, ...columns].join('_');
  if (Buffer.byteLength(name) <= LONGEST_IDENTIFIER) return name;
  const hash = shortHash(name);
  return `${nameHead(name, LONGEST_IDENTIFIER - hash.length - 1)}_${hash}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
