import { AsyncLocalStorage } from 'node:async_hooks';
import { RowguardDataSource, TenantRepository } from 'nestjs-rowguard';
import {
  DataSource,
  DeleteQueryBuilder,
  EntityManager,
  InsertQueryBuilder,
  QueryBuilder,
  RelationQueryBuilder,
  Repository,
  SelectQueryBuilder,
  TreeRepository,
  UpdateQueryBuilder,
} from 'typeorm';
import { SoftDeleteQueryBuilder } from 'typeorm/query-builder/SoftDeleteQueryBuilder.js';
import { TenantDeleteQueryBuilder } from '../../../src/predicate/tenant-delete-query-builder.js';
import { TenantEntityManager } from '../../../src/predicate/tenant-entity-manager.js';
import { TenantInsertQueryBuilder } from '../../../src/predicate/tenant-insert-query-builder.js';
import { TenantRelationQueryBuilder } from '../../../src/predicate/tenant-relation-query-builder.js';
import { TenantSelectQueryBuilder } from '../../../src/predicate/tenant-select-query-builder.js';
import { TenantSoftDeleteQueryBuilder } from '../../../src/predicate/tenant-soft-delete-query-builder.js';
import { TenantUpdateQueryBuilder } from '../../../src/predicate/tenant-update-query-builder.js';

type Class = Function & { prototype: object };

const bases: readonly Class[] = [
  Repository,
  TreeRepository,
  EntityManager,
  QueryBuilder,
  SelectQueryBuilder,
  InsertQueryBuilder,
  UpdateQueryBuilder,
  DeleteQueryBuilder,
  SoftDeleteQueryBuilder,
  RelationQueryBuilder,
  TenantRepository,
];
const ours: readonly Class[] = [
  TenantEntityManager,
  TenantSelectQueryBuilder,
  TenantInsertQueryBuilder,
  TenantUpdateQueryBuilder,
  TenantDeleteQueryBuilder,
  TenantSoftDeleteQueryBuilder,
  TenantRelationQueryBuilder,
  DataSource,
  RowguardDataSource,
];

/** Not for callers: TypeORM's own steps on the way to a statement, and ours. */
const STEPS =
  /^(?:create\w*Expression|create(?:FromAlias|Comment|TimeTravelQuery|PropertyPath|Join\w*|ReturningColumns|OrderBy\w*)|get(?:TableName|MainTableName|ReturningColumns|Predicates|Where\w+|ExistsCondition|InsertedColumns|ValueSets?)|build[A-Z]\w*|compute\w+|execute[A-Z]\w*|find(?:ColumnsForPropertyPath|EntityColumnSelects)|replacePropertyNames\w*|obtainQueryRunner|hasCommonTableExpressions|validate\w+|normalize\w+|isOverriding\w+|callListeners|callAggregateFun|concatRelationMetadata|loadRawResults|mergeExpressionMap|applyFindOptions|join|incrementOrDecrementBy|getRelationJoinType|lazyCount|lookedOver|lookOver|refuse\w*|transactionally|confine|keysOfTarget)$/;
/** For other databases than PostgreSQL, or without a meaning there. */
const ELSEWHERE =
  /^(?:useIndex|maxExecutionTime|timeTravelQuery|output|getMongoRepository|disableEscaping|escape|createParameter|createQueryBuilder)$/;
/** MySQL's UPDATE … ORDER BY … LIMIT. */
const MYSQL_ONLY = /^(?:Update|SoftDelete)QueryBuilder\.(?:orderBy|addOrderBy|limit)$/;

const inside = new AsyncLocalStorage<boolean>();

function methodsOf({ prototype }: Class): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name);
}

/** The class that a caller would look a method up at: the topmost of the bases that has it. */
function labelOf(of: Class, method: string): string | undefined {
  let owner: Class | undefined;
  let at: object | null = of.prototype;
  for (; at; at = Object.getPrototypeOf(at) as object | null) {
    const base = bases.find((one) => one.prototype === at);
    if (base && Object.hasOwn(at, method)) owner = base;
  }
  return owner && `${owner.name}.${method}`;
}

/** Every method that has to be called at least once. */
export function requiredMethods(): string[] {
  const names = bases.flatMap((base) => methodsOf(base).map((method) => labelOf(base, method)));
  return [...new Set(names)]
    .filter((name): name is string => name !== undefined && !MYSQL_ONLY.test(name))
    .filter((name) => {
      const method = name.slice(name.indexOf('.') + 1);
      return !STEPS.test(method) && !ELSEWHERE.test(method);
    })
    .sort();
}

/** Notes which methods the operations call themselves; what TypeORM calls on the way does not count. */
export function traceMethods(): Set<string> {
  const called = new Set<string>();
  for (const one of [...bases, ...ours]) {
    for (const method of methodsOf(one)) {
      const label = labelOf(one, method);
      if (label) wrap(one.prototype as Record<string, Function>, method, label, called);
    }
  }
  return called;
}

function wrap(
  prototype: Record<string, Function>,
  method: string,
  label: string,
  called: Set<string>,
): void {
  const original = prototype[method] as Function;
  const traced = function (this: unknown, ...given: unknown[]): unknown {
    if (inside.getStore()) return original.apply(this, given) as unknown;
    called.add(label);
    const callbacks = given.map((one) => (isCallback(one) ? outside(one) : one));
    return inside.run(true, () => original.apply(this, callbacks) as unknown);
  };
  Object.defineProperty(prototype, method, { value: traced, writable: true, configurable: true });
}

/** A function of the operation, handed in to be called: what it calls counts again. */
function isCallback(value: unknown): value is (...given: unknown[]) => unknown {
  return typeof value === 'function' && !Object.hasOwn(value, 'prototype');
}

function outside(callback: (...given: unknown[]) => unknown) {
  return (...given: unknown[]) => inside.run(false, () => callback(...given));
}
