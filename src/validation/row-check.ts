import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { type FieldProblem, ValidationFailedError } from '../errors/validation-failed.error.js';
import { checkedObject } from './checked-object.js';
import { wasChecked } from './checked-rows.js';
import { type ColumnPlan, planOf } from './row-plan.js';

export interface NewRowOptions {
  /** Properties that the statement writes; all of them unless told. */
  readonly only?: readonly string[];
  /** The row is part of a save, in which other rows may still link themselves to it. */
  readonly mayBeLinked?: boolean;
}

type Place = Pick<FieldProblem, 'row' | 'entity'>;

/** Every bad field of the new rows, in one error. */
export function checkNewRows(
  metadata: EntityMetadata,
  rows: readonly ObjectLiteral[],
  options: NewRowOptions = {},
): void {
  const found = rows.flatMap((row, at) =>
    wasChecked(row)
      ? []
      : problemsOfNewRow(metadata, row, options, rows.length > 1 ? { row: at } : {}),
  );
  if (found.length > 0) throw new ValidationFailedError(metadata.name, found);
}

/** Every bad field among the given ones; what is not given stays as it is. */
export function checkChanges(metadata: EntityMetadata, changes: unknown): void {
  const given = checkedObject(`What is to change of a ${metadata.name}`, changes);
  const found = problemsOfChanges(metadata, given);
  if (found.length > 0) throw new ValidationFailedError(metadata.name, found);
}

export function problemsOfNewRow(
  metadata: EntityMetadata,
  row: ObjectLiteral,
  options: NewRowOptions = {},
  place: Place = {},
  prefix = '',
): FieldProblem[] {
  const found: FieldProblem[] = [];
  for (const one of planOf(metadata).columns) {
    const { column, path, isRequired } = one;
    const isWritten = options.only?.length
      ? options.only.includes(column.propertyPath)
      : column.isInsert;
    if (!isWritten && !isRequired) continue;
    const value = isWritten ? valueOf(one, row) : undefined;
    if (value === undefined && isLeftToOthers(one, row, options)) continue;
    const problems = problemsOfNewValue(one, row, value);
    if (problems.length > 0) found.push({ ...place, field: prefix + path, problems });
  }
  return [...found, ...problemsOfRelations(metadata, row, place, prefix)];
}

/** `only`: the columns that are really written, where more of the row is known. */
export function problemsOfChanges(
  metadata: EntityMetadata,
  changes: ObjectLiteral,
  place: Place = {},
  prefix = '',
  only?: readonly ColumnMetadata[],
): FieldProblem[] {
  const found: FieldProblem[] = [];
  for (const one of planOf(metadata).columns) {
    const { column, path } = one;
    if (!column.isUpdate || (only && !only.includes(column))) continue;
    const given = valueOf(one, changes);
    const value = given === undefined ? clearedReference(one, changes) : given;
    if (value === undefined) continue;
    const problems = problemsOfGivenValue(one, changes, value);
    if (problems.length > 0) found.push({ ...place, field: prefix + path, problems });
  }
  return only ? found : [...found, ...problemsOfRelations(metadata, changes, place, prefix)];
}

function problemsOfNewValue(one: ColumnPlan, row: ObjectLiteral, value: unknown): string[] {
  if (value !== undefined) return problemsOfGivenValue(one, row, value);
  if (one.isRequired) return [`${one.column.propertyName} is required`];
  const isLeftToDatabase = one.isFilled || one.column.default !== undefined;
  return isLeftToDatabase ? [] : (one.rules?.problemsOf(ownerOf(one, row), value) ?? []);
}

function problemsOfGivenValue(one: ColumnPlan, row: ObjectLiteral, value: unknown): string[] {
  if (typeof value === 'function') return [];
  if (value === null && one.isFilled) return [];
  if (value === null && !one.column.isNullable) {
    return [`${one.column.propertyName} must not be null`];
  }
  return one.rules?.problemsOf(ownerOf(one, row), value) ?? [];
}

/** Rules on a relation itself hold for a row that is given; an id alone is the other way to say it. */
function problemsOfRelations(
  metadata: EntityMetadata,
  row: ObjectLiteral,
  place: Place,
  prefix: string,
): FieldProblem[] {
  return planOf(metadata).relations.flatMap(({ property, rules }) => {
    const value: unknown = row[property];
    if (value === undefined || typeof value === 'function') return [];
    const problems = rules.problemsOf(row, value, false);
    return problems.length > 0 ? [{ ...place, field: prefix + property, problems }] : [];
  });
}

function valueOf({ column, isPlain }: ColumnPlan, row: ObjectLiteral): unknown {
  return isPlain ? row[column.propertyName] : column.getEntityValue(row);
}

/** A whole row stands where its id will be, once it is inserted; or a parent will bring it. */
function isLeftToOthers(
  { column, isLinkedByOthers }: ColumnPlan,
  row: ObjectLiteral,
  { mayBeLinked = false }: NewRowOptions,
): boolean {
  if (!column.relationMetadata || !mayBeLinked) return false;
  const referred: unknown = column.relationMetadata.getEntityValue(row);
  return isLinkedByOthers || (typeof referred === 'object' && referred !== null);
}

/** TypeORM clears the join columns of a relation that is set to null. */
function clearedReference({ column }: ColumnPlan, changes: ObjectLiteral): unknown {
  const relation = column.relationMetadata;
  if (!relation || relation.isLazy) return undefined;
  return relation.getEntityValue(changes) === null ? null : undefined;
}

/** The object that the property belongs to: the row, or the part of it. */
function ownerOf({ column }: ColumnPlan, row: ObjectLiteral): object {
  let owner: unknown = row;
  for (const part of column.embeddedMetadata?.parentPropertyNames ?? []) {
    owner = (owner as ObjectLiteral | undefined)?.[part];
  }
  return (owner ?? {}) as object;
}
