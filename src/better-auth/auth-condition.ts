import type { CleanedWhere } from 'better-auth/adapters';
import {
  And,
  type EntityMetadata,
  type FindOperator,
  type FindOptionsWhere,
  ILike,
  In,
  IsNull,
  LessThan,
  LessThanOrEqual,
  Like,
  MoreThan,
  MoreThanOrEqual,
  Not,
  type ObjectLiteral,
  Equal,
} from 'typeorm';
import { isUuid } from '../context/uuid.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';

type Condition = FindOptionsWhere<ObjectLiteral>;
type Value = CleanedWhere['value'];

/**
 * A condition of better-auth as TypeORM reads it: what is joined by AND holds in each alternative
 * of what is joined by OR. Deleted rows are never meant.
 */
export function conditionOf(
  metadata: EntityMetadata,
  clauses: readonly CleanedWhere[] = [],
): Condition[] {
  const always = clauses.filter((one) => one.connector !== 'OR');
  const either = clauses.filter((one) => one.connector === 'OR');
  const living = metadata.deleteDateColumn ? { deletedAt: IsNull() } : {};
  const alternatives = either.length > 0 ? either.map((one) => [...always, one]) : [always];
  return alternatives.map((all) => ({ ...joined(metadata, all), ...living }));
}

function joined(metadata: EntityMetadata, clauses: readonly CleanedWhere[]): Condition {
  const operators = new Map<string, FindOperator<unknown>[]>();
  for (const clause of clauses) {
    checkProperty(metadata, clause.field);
    const isId = metadata.findColumnWithPropertyName(clause.field)?.type === 'uuid';
    const operator = operatorOf(isId ? withIdsOnly(clause) : clause);
    operators.set(clause.field, [...(operators.get(clause.field) ?? []), operator]);
  }
  return Object.fromEntries([...operators].map(([field, all]) => [field, And(...all)]));
}

export function checkProperty(metadata: EntityMetadata, property: string): void {
  if (metadata.findColumnWithPropertyName(property)) return;
  throw new InvalidInputError({
    problem: `The table ${metadata.tableName} has no property ${property.slice(0, 60)}`,
    mend: 'A plugin of better-auth that adds fields to a shipped table cannot be used with it',
  });
}

function operatorOf({ operator, value, mode }: CleanedWhere): FindOperator<unknown> {
  const isInsensitive = mode === 'insensitive' && typeof value === 'string';
  const like = isInsensitive ? ILike : Like;
  switch (operator) {
    case 'eq':
      if (value === null) return IsNull();
      return isInsensitive ? ILike(escaped(value)) : Equal(value);
    case 'ne':
      return Not(operatorOf({ operator: 'eq', value, mode } as CleanedWhere));
    case 'lt':
      return LessThan(value);
    case 'lte':
      return LessThanOrEqual(value);
    case 'gt':
      return MoreThan(value);
    case 'gte':
      return MoreThanOrEqual(value);
    case 'in':
      return In(listOf(value));
    case 'not_in':
      return Not(In(listOf(value)));
    case 'contains':
      return like(`%${escaped(value)}%`);
    case 'starts_with':
      return like(`${escaped(value)}%`);
    case 'ends_with':
      return like(`%${escaped(value)}`);
    default:
      throw new InvalidInputError({
        problem: `better-auth asked with the operator ${String(operator).slice(0, 20)}`,
        mend: 'Use a version of better-auth that this module names as its peer',
      });
  }
}

/** PostgreSQL refuses a text that is no UUID, where better-auth expects that nothing is found. */
function withIdsOnly(clause: CleanedWhere): CleanedWhere {
  if (clause.value === null) return clause;
  const ids = listOf(clause.value).filter((one) => isUuid(one));
  if (clause.operator === 'eq') return { ...clause, operator: 'in', value: ids.map(String) };
  if (clause.operator === 'ne') return { ...clause, operator: 'not_in', value: ids.map(String) };
  return Array.isArray(clause.value) ? { ...clause, value: ids.map(String) } : clause;
}

function listOf(value: Value): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function escaped(value: Value): string {
  return String(value).replaceAll(/[\\%_]/g, String.raw`\$&`);
}
