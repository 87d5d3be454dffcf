import type { ObjectLiteral } from 'typeorm';
import { TENANT_COLUMN, TENANT_PROPERTY } from '../../entities/base-columns.js';
import { quoteName } from '../../schema/sql.js';
import { encoded } from '../factories/encoded-cells.js';
import { type Attempt, keyInSql, keyOf, tableOf, writableOf } from './attacked-row.js';
import type { Way } from './ways-to-read.js';

const raw = ({ source, metadata, victim }: Attempt, verb: (table: string) => string) => {
  const [where, values] = keyInSql(metadata, victim.row);
  return source.query(`${verb(tableOf(metadata, source))} where ${where} returning *`, values);
};

const touched = ({ metadata }: Attempt): string => {
  const column = metadata.columns.find((one) => one.isUpdate && !one.isPrimary);
  const name = quoteName(column?.databaseName ?? TENANT_COLUMN);
  return `${name} = ${name}`;
};

/** The row under its key, without its tenant, and with another value. */
const copyOf = (attempt: Attempt): ObjectLiteral => {
  const { metadata, victim } = attempt;
  const copy: ObjectLiteral = {};
  for (const column of metadata.columns) {
    const isLeftOut = column.propertyName === TENANT_PROPERTY || column.isVirtual;
    const value: unknown = isLeftOut ? undefined : column.getEntityValue(victim.row);
    if (value !== undefined && value !== null) column.setEntityValue(copy, value);
  }
  return { ...copy, ...keyOf(metadata, victim.row), ...writableOf(attempt) };
};

export const WAYS_TO_WRITE: readonly Way[] = [
  {
    name: 'update',
    run: (attempt) => {
      const { source, metadata, victim } = attempt;
      const key = keyOf(metadata, victim.row);
      return source.manager.update(metadata.target, key, writableOf(attempt));
    },
  },
  {
    name: 'update by a builder',
    run: (attempt) =>
      attempt.source
        .createQueryBuilder()
        .update(attempt.metadata.target)
        .set(writableOf(attempt))
        .where(keyOf(attempt.metadata, attempt.victim.row))
        .returning('*')
        .execute(),
  },
  {
    name: 'save under its key',
    run: (attempt) => attempt.source.manager.save(attempt.metadata.target, copyOf(attempt)),
  },
  {
    name: 'upsert onto it',
    run: (attempt) => {
      const paths = attempt.metadata.primaryColumns.map((one) => one.propertyName);
      return attempt.source.manager.upsert(attempt.metadata.target, copyOf(attempt), paths);
    },
  },
  {
    name: 'remove',
    run: ({ source, metadata, victim }) =>
      source.manager.remove(metadata.target, { ...victim.row } as ObjectLiteral),
  },
  {
    name: 'delete',
    run: ({ source, metadata, victim }) =>
      source.manager.delete(metadata.target, keyOf(metadata, victim.row)),
  },
  {
    name: 'delete by a builder',
    run: ({ source, metadata, victim }) =>
      source
        .createQueryBuilder()
        .delete()
        .from(metadata.target)
        .where(keyOf(metadata, victim.row))
        .execute(),
  },
  {
    name: 'soft delete',
    run: ({ source, metadata, victim }) =>
      source.manager.softDelete(metadata.target, keyOf(metadata, victim.row)),
  },
  {
    name: 'restore',
    prepare: ({ source, metadata, victim }) =>
      source.manager.softDelete(metadata.target, keyOf(metadata, victim.row)),
    run: ({ source, metadata, victim }) =>
      source.manager.restore(metadata.target, keyOf(metadata, victim.row)),
  },
  {
    name: 'raw UPDATE',
    run: (attempt) => raw(attempt, (table) => `update ${table} set ${touched(attempt)}`),
  },
  { name: 'raw DELETE', run: (attempt) => raw(attempt, (table) => `delete from ${table}`) },
  {
    name: 'insert with its tenant',
    run: async ({ source, metadata, victim, fresh }) => {
      if (!fresh) throw new Error('no row is known that could be inserted');
      const row: ObjectLiteral = {};
      for (const column of metadata.columns) {
        const cell = fresh[column.databaseName];
        if (cell !== undefined) column.setEntityValue(row, cell);
      }
      await source.manager.insert(metadata.target, { ...row, tenantId: victim.tenantId });
    },
  },
  {
    name: 'raw INSERT with its tenant',
    run: async ({ source, metadata, victim, fresh }) => {
      if (!fresh) throw new Error('no row is known that could be inserted');
      const cells = encoded(metadata, { ...fresh, [TENANT_COLUMN]: victim.tenantId });
      const names = Object.keys(cells);
      const holes = names.map((_, at) => `$${at + 1}`).join(', ');
      await source.query(
        `insert into ${tableOf(metadata, source)} (${names.map(quoteName).join(', ')}) values (${holes})`,
        Object.values(cells),
      );
    },
  },
  {
    name: 'giving an own row to its tenant',
    run: ({ source, metadata, victim, own }) =>
      source.manager.update(metadata.target, keyOf(metadata, own), { tenantId: victim.tenantId }),
  },
  {
    name: 'giving an own row to its tenant, raw',
    run: ({ source, metadata, victim, own }) => {
      const [where, values] = keyInSql(metadata, own);
      return source.query(
        `update ${tableOf(metadata, source)} set ${TENANT_COLUMN} = $${values.length + 1} where ${where}`,
        [...values, victim.tenantId],
      );
    },
  },
];

/** An own row that refers to what the victim refers to. */
export function waysOfReferences({ metadata }: Pick<Attempt, 'metadata'>): Way[] {
  return metadata.foreignKeys.flatMap((key) => {
    const [column, ...others] = key.columns.filter((one) => one.databaseName !== TENANT_COLUMN);
    if (!column || others.length > 0) return [];
    const way: Way = {
      name: `referring to ${key.referencedTablePath} of its tenant`,
      run: ({ source, victim, own }) => {
        const [where, values] = keyInSql(metadata, own);
        return source.query(
          `update ${tableOf(metadata, source)} set ${quoteName(column.databaseName)} = $${values.length + 1} where ${where}`,
          [...values, column.getEntityValue(victim.row)],
        );
      },
    };
    return [way];
  });
}
