import { createHash } from 'node:crypto';
import type { Stage, StagedStep, WrittenStatement } from './generated-migration.js';

const LONGEST_NAME = 63;

export function staged(
  stage: Stage,
  up: string | readonly string[],
  down: string | readonly string[],
): StagedStep {
  return { stage, up: written(up), down: written(down) };
}

/** By way of a check: validating it lets readers and writers go on, and spares SET NOT NULL the look. */
export function setNotNull(table: string, column: string): StagedStep[] {
  const name = `"${notNullName(table, column)}"`;
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID`;
  const drop = `ALTER TABLE ${table} DROP CONSTRAINT ${name}`;
  return [
    staged('constraints', add, drop),
    staged(
      'validation',
      [
        `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`,
        `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL`,
        drop,
      ],
      [add, `ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL`],
    ),
  ];
}

/** New rows are held to it at once, the old ones when it is validated. */
export function addConstraint(table: string, name: string, definition: string): StagedStep[] {
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`;
  const drop = `ALTER TABLE ${table} DROP CONSTRAINT ${name}`;
  return [
    staged('constraints', add, drop),
    staged('validation', `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`, [drop, add]),
  ];
}

/** Writers go on while its index is built. */
export function addUnique(table: string, name: string, columns: string): StagedStep[] {
  const schema = /^("(?:[^"]|"")*")\./.exec(table)?.[1];
  const index = schema === undefined ? name : `${schema}.${name}`;
  return [
    staged(
      'indexes',
      `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} ${columns}`,
      `DROP INDEX CONCURRENTLY ${index}`,
    ),
    staged(
      'constraints',
      `ALTER TABLE ${table} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}`,
      [
        `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
        `CREATE UNIQUE INDEX ${name} ON ${table} ${columns}`,
      ],
    ),
  ];
}

export function concurrently(sql: string): string {
  return sql.replace(/ INDEX /, ' INDEX CONCURRENTLY ');
}

function notNullName(table: string, column: string): string {
  const name = `nn_${table.replaceAll('"', '').replace('.', '_')}_${column.slice(1, -1)}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `nn_${hash}`;
}

function written(sql: string | readonly string[]): WrittenStatement[] {
  return (typeof sql === 'string' ? [sql] : sql).map((one) => ({ sql: one }));
}
