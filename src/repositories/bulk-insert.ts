import type { DeepPartial, EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import { described } from '../errors/described-value.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { ReviveOptions } from '../predicate/deleted/deleted-options.js';
import { isFinal } from '../predicate/save-check.js';
import { noteChecked } from '../validation/checked-rows.js';
import { checkNewRows } from '../validation/row-check.js';

export interface BulkOptions {
  /** Most rows in one statement. Default: as many as the parameter limit allows. */
  readonly chunk?: number;
  /** Properties that are unique together: a row that is there already is updated. */
  readonly conflictPaths?: readonly string[];
}

export interface UpsertManyOptions extends BulkOptions, ReviveOptions {}

const MOST_PARAMETERS = 65_535;
const MOST_ROWS = 5_000;

/** Entities of all rows, looked over before the first part of them is sent. */
export function newEntities<Entity extends ObjectLiteral>(
  repository: Repository<Entity>,
  rows: readonly DeepPartial<Entity>[],
): Entity[] {
  checkRows(rows);
  const { metadata, manager } = repository;
  const entities = rows.map(
    (row) => manager.create(metadata.target as never, row as never) as Entity,
  );
  if (isFinal(manager.dataSource, metadata)) {
    checkNewRows(metadata, entities);
    noteChecked(entities);
  }
  return entities;
}

/** TypeORM puts all rows into one statement, and past 65,535 parameters the driver cuts the count. */
export async function insertInParts<Entity extends ObjectLiteral>(
  repository: Repository<Entity>,
  entities: Entity[],
  options: UpsertManyOptions = {},
): Promise<Entity[]> {
  const { chunk, conflictPaths, deleted } = options;
  const size = rowsInOneStatement(repository.metadata, chunk);
  for (let start = 0; start < entities.length; start += size) {
    const part = entities.slice(start, start + size);
    if (conflictPaths)
      await repository.upsert(
        part as never,
        { conflictPaths: [...conflictPaths], deleted } as never,
      );
    else
      await repository
        .createQueryBuilder()
        .insert()
        .values(part as never)
        .execute();
  }
  return entities;
}

function rowsInOneStatement(metadata: EntityMetadata, chunk: number | undefined): number {
  const fitting = Math.min(MOST_ROWS, Math.floor(MOST_PARAMETERS / metadata.columns.length));
  if (chunk === undefined) return fitting;
  if (Number.isInteger(chunk) && chunk > 0) return Math.min(chunk, fitting);
  throw new InvalidInputError({
    problem: `chunk is no positive whole number (given: ${String(chunk)})`,
    mend: 'Leave it out, or give the most rows for one statement',
  });
}

/** Properties of the entity that tell a row that is there already. */
export function checkConflictPaths(metadata: EntityMetadata, paths: readonly unknown[]): void {
  const known: unknown[] = metadata.columns.map((column) => column.propertyPath);
  const unknown = paths.filter((path) => !known.includes(path));
  if (paths.length === 0 || unknown.length > 0) throw unknownPaths(metadata, unknown);
}

function unknownPaths(metadata: EntityMetadata, unknown: readonly unknown[]): InvalidInputError {
  return new InvalidInputError({
    problem:
      unknown.length > 0
        ? `${metadata.name} has no property ${unknown.map(nameOf).join(', ')}`
        : 'No property was named that tells a row that is there already',
    mend: 'Name the properties of a unique key; tenantId is added',
  });
}

function nameOf(path: unknown): string {
  return typeof path === 'string' ? path : described(path);
}

function checkRows(rows: unknown): void {
  const isList = Array.isArray(rows);
  if (isList && rows.every((row) => typeof row === 'object' && row !== null)) return;
  throw new InvalidInputError({
    problem: isList ? 'One of the rows is no object' : 'The rows are no list',
    mend: 'Pass a list of objects; nothing was written',
  });
}
