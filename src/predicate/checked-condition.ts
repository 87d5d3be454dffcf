import {
  type EntityMetadata,
  InstanceChecker,
  type ObjectLiteral,
  TypeORMError,
  UpdateValuesMissingError,
} from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { isUuid } from '../context/uuid.js';
import { described } from '../errors/described-value.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { tenantFor } from './confine.js';

const MEND_CONDITION =
  'Check the value before it gets here, and ask for what is null with IsNull(); nothing was read or written';

/** One level of a condition to read by; TypeORM takes what is no object for no condition at all. */
export function checkCondition(metadata: EntityMetadata, where: unknown, path = ''): void {
  if (Array.isArray(where)) return;
  if (typeof where !== 'object' || where === null) throw noCondition(metadata, where);
  for (const key in where) {
    const value = (where as ObjectLiteral)[key] as unknown;
    if (value === undefined || value === null) throw emptyValue(metadata, path + key, value);
  }
}

/**
 * What rows to write to: an id, a condition, or a list of these. Nothing in it may be missing, since
 * what is left of the condition would match more rows than were meant.
 */
export function checkCriteria(metadata: EntityMetadata, criteria: unknown): void {
  const all: unknown[] = Array.isArray(criteria) ? criteria : [criteria];
  if (all.length === 0) throw noCondition(metadata, criteria);
  for (const one of all) {
    if (typeof one === 'object' && one !== null) {
      checkWriteCondition(metadata, one);
    } else {
      checkRowId(metadata, one);
      // Outside of a tenant TypeORM cannot make a key of several columns from an id alone.
      if (metadata.hasMultiplePrimaryKeys && !tenantFor(metadata)) throw noCondition(metadata, one);
    }
  }
}

/** The same without ids: a condition, or a list of these. */
export function checkConditions(metadata: EntityMetadata, where: unknown): void {
  const all: unknown[] = Array.isArray(where) ? where : [where];
  if (all.length === 0) throw noCondition(metadata, where);
  for (const one of all) {
    if (typeof one !== 'object' || one === null) throw noCondition(metadata, one);
    checkWriteCondition(metadata, one);
  }
}

/** Told before a statement fails on it, which would end a transaction. */
export function checkRowId(metadata: EntityMetadata, id: unknown): void {
  const key = metadata.primaryColumns.find((column) => column.propertyName === 'id');
  const isUuidKey = key?.type === 'uuid';
  if (isUuidKey ? isUuid(id) : isPlainId(id)) return;
  throw new InvalidInputError({
    problem: `The id of a ${metadata.name} is ${isUuidKey ? 'no UUID' : 'neither text nor number'} (given: ${described(id)})`,
    mend: 'Check the id before it gets here; nothing was read or written',
    given: { entity: metadata.name },
  });
}

/** What TypeORM says of a property, a direction or an option that it does not know, in an error of ours. */
export function readable<T>({ mainAlias }: QueryExpressionMap, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeORMError)) throw error;
    throw new InvalidInputError({
      problem: `What was asked of ${mainAlias?.hasMetadata ? mainAlias.metadata.name : 'the table'} cannot be read (${reasonOf(error)})`,
      mend: 'Name properties of the entity; nothing was read or written',
      cause: error,
    });
  }
}

function reasonOf(error: TypeORMError): string {
  return error instanceof UpdateValuesMissingError
    ? 'no property was given that can change'
    : error.message.replace(/\.$/, '');
}

function isPlainId(id: unknown): boolean {
  return typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id !== '';
}

function checkWriteCondition(metadata: EntityMetadata, condition: object, path = ''): void {
  const entries = Object.entries(condition) as [string, unknown][];
  if (entries.length === 0 || InstanceChecker.isFindOperator(condition)) {
    throw noCondition(metadata, condition);
  }
  for (const [key, value] of entries) {
    if (value === undefined || value === null) throw emptyValue(metadata, path + key, value);
    if (isPart(value)) checkWriteCondition(metadata, value, `${path}${key}.`);
  }
}

/** A part of a condition, or an object in which there is none: TypeORM leaves that out. */
function isPart(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.getPrototypeOf(value) === Object.prototype) return true;
  const isValue = value instanceof Date || value instanceof Uint8Array;
  return !isValue && Object.keys(value).length === 0;
}

export function noCondition(metadata: EntityMetadata, given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `It is not said which ${metadata.name} is meant (given: ${described(given)})`,
    mend: 'Pass a condition on its properties, such as { id }; nothing was read or written',
    given: { entity: metadata.name },
  });
}

function emptyValue(metadata: EntityMetadata, path: string, value: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `The condition on ${metadata.name}.${path} is ${String(value)}`,
    mend: MEND_CONDITION,
    given: { entity: metadata.name, property: path },
  });
}
