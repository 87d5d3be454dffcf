import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { markBuilt } from '../context/built-statement.js';
import { hasOwnSelectsOnly, signedParts } from '../context/own-selects.js';
import { readSql } from '../sql/sql-text.js';
import { requireTenant } from '../context/tenant-context.js';
import { type VisibleRows, tenantlessMark } from '../context/tenantless.decorator.js';
import { currentScope } from '../context/unit-store.js';
import type { Walls } from '../context/walls.js';
import { classOf, tenantColumnOf } from '../entities/entity-classification.js';
import { TENANT_PROPERTY } from '../entities/base-columns.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { TenantMismatchError } from '../errors/tenant-mismatch.error.js';
import { type CapturingSource, capturedTable } from './change-capture.js';
import type { DeleteActs } from './delete-acts.js';

const TENANT_PARAMETER = 'rowguard_tenant';

/** A data source whose statements are to be confined. */
export interface ConfinedSource extends CapturingSource {
  readonly walls: Walls;
  readonly deletes?: DeleteActs | undefined;
}

/** The part of a query builder that confining needs. */
export interface Builder {
  readonly expressionMap: QueryExpressionMap;
  escape(name: string): string;
}

/**
 * The tenant whose rows a statement on this entity may touch. Undefined: the rows are shared, or
 * the work is the system's. No tenant where one is needed is an error, before anything is sent.
 */
export function tenantFor(metadata: EntityMetadata): string | undefined {
  if (classOf(metadata) !== 'tenant') return undefined;
  const scope = currentScope();
  if (scope?.kind === 'system' || scope?.kind === 'owner') return undefined;
  return requireTenant(scope).tenantId;
}

/** The predicate for one alias, or undefined where none is needed. */
export function predicateFor(
  builder: Builder,
  source: ConfinedSource,
  metadata: EntityMetadata,
  alias: string | undefined,
): string | undefined {
  const visible = visibleRowsOf(metadata);
  if (visible !== undefined) return visiblePredicate(builder, source, metadata, visible, alias);
  const column = tenantColumnOf(metadata);
  if (!column || tenantFor(metadata) === undefined || !source.walls.predicate) return undefined;
  const name = builder.escape(column.databaseName);
  return `${alias === undefined ? '' : `${builder.escape(alias)}.`}${name} = :${TENANT_PARAMETER}`;
}

/** The same condition as the policy of the table; who acts for nobody sees nothing. */
function visiblePredicate(
  builder: Builder,
  source: ConfinedSource,
  metadata: EntityMetadata,
  visible: VisibleRows,
  alias: string | undefined,
): string | undefined {
  const scope = currentScope();
  const isSystem = scope?.kind === 'system' || scope?.kind === 'owner';
  if (isSystem || !source.walls.predicate) return undefined;
  if (scope?.kind !== 'tenant') return 'false';
  return signedParts(visible)
    .replaceAll('{row}', builder.escape(alias ?? metadata.tableName))
    .replaceAll('{tenant}', `:${TENANT_PARAMETER}`);
}

function visibleRowsOf(metadata: EntityMetadata): VisibleRows | undefined {
  if (classOf(metadata) !== 'shared' || typeof metadata.target !== 'function') return undefined;
  return tenantlessMark(metadata.target)?.visible;
}

/** Adds the predicate of each table after FROM, and `further` ones, to a finished WHERE expression. */
export function confineWhere(
  builder: Builder,
  source: ConfinedSource,
  where: string,
  ...further: readonly string[]
): string {
  const predicates = [...predicatesOfTables(builder, source), ...further];
  if (predicates.length === 0) return where;
  const predicate = predicates.join(' AND ');
  const condition = where.replace(/^\s*WHERE\s/, '').trim();
  refuseToLeaveBrackets(condition);
  return condition === '' ? ` WHERE ${predicate}` : ` WHERE ${predicate} AND ( ${condition} )`;
}

function predicatesOfTables(builder: Builder, source: ConfinedSource): string[] {
  const { mainAlias, aliases, aliasNamePrefixingEnabled } = builder.expressionMap;
  const tables = aliases.filter((one) => one === mainAlias || one.type === 'from');
  const predicates = tables.map((one) => {
    const alias = aliasNamePrefixingEnabled ? one.name : undefined;
    return one.hasMetadata ? predicateFor(builder, source, one.metadata, alias) : undefined;
  });
  return predicates.filter((one) => one !== undefined);
}

/** Runs `build` while every join carries its own predicate, so that a join cannot reach further. */
export function confineJoins<T>(builder: Builder, source: ConfinedSource, build: () => T): T {
  const joins = builder.expressionMap.joinAttributes;
  const before = joins.map((join) => join.condition);
  for (const join of joins) {
    const metadata = join.metadata;
    const predicate = metadata && predicateFor(builder, source, metadata, join.alias.name);
    if (predicate === undefined) continue;
    if (join.condition) refuseToLeaveBrackets(join.condition);
    join.condition = join.condition ? `(${join.condition}) AND ${predicate}` : predicate;
  }
  try {
    return build();
  } finally {
    joins.forEach((join, at) => Object.assign(join, { condition: before[at] }));
  }
}

const NEEDS_READING = /['$]|--|\/\*/;
const [OPENS, CLOSES, QUOTES] = ['(', ')', '"'].map((one) => one.charCodeAt(0));

/** The predicate stands before brackets around the condition; a condition that closes them leaves it. */
function refuseToLeaveBrackets(condition: string): void {
  // Nearly every condition is names and parameters only, and this runs for each statement.
  const code = NEEDS_READING.test(condition) ? readSql(condition).code : condition;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < code.length; at++) {
    const one = code.charCodeAt(at);
    if (one === QUOTES) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (one === OPENS) depth++;
    else if (one === CLOSES && --depth < 0) throw leavesBrackets();
  }
}

function leavesBrackets(): StatementRefusedError {
  return new StatementRefusedError({
    problem: 'The statement was not sent: a condition closes a bracket that it did not open',
    mend: 'Pass values as parameters, never as parts of the condition',
  });
}

/** The tenant's parameter is always there, so that sub-queries of this statement find it. */
export function withTenantParameter(parameters: ObjectLiteral): ObjectLiteral {
  const scope = currentScope();
  return scope?.kind === 'tenant'
    ? { ...parameters, [TENANT_PARAMETER]: scope.tenantId }
    : parameters;
}

/** Notes for whom a finished statement was built: the connection compares it when it is sent. */
export function marked<T extends [string, unknown[]]>(
  builder: Builder,
  source: ConfinedSource,
  statement: T,
): T {
  const scope = currentScope();
  const { aliases } = builder.expressionMap;
  const classes = aliases.filter((alias) => alias.hasMetadata).map((one) => classOf(one.metadata));
  markBuilt(statement[1], {
    tenantId: scope?.kind === 'tenant' ? scope.tenantId : undefined,
    text: statement[0],
    confined:
      aliases.every((alias) => alias.hasMetadata || alias.subQuery !== undefined) &&
      (source.walls.policies || hasOwnSelectsOnly(statement[0])),
    sharedOnly: classes.length > 0 && classes.every((one) => one === 'shared'),
    captured: capturedTable(builder, source),
  });
  return statement;
}

/** A bare id is the id of a row of the tenant in hand; a key that names a tenant has to name that one. */
export function withTenantKeys(metadata: EntityMetadata, ids: unknown): unknown {
  const tenantId = tenantFor(metadata);
  if (tenantId === undefined) return ids;
  if (Array.isArray(ids)) return ids.map((id) => withTenantKey(metadata, id, tenantId));
  return withTenantKey(metadata, ids, tenantId);
}

function withTenantKey(metadata: EntityMetadata, id: unknown, tenantId: string): unknown {
  if (typeof id !== 'object' || id === null) return { [TENANT_PROPERTY]: tenantId, id };
  const given = (id as ObjectLiteral)[TENANT_PROPERTY] as unknown;
  if (given === undefined) return { ...id, [TENANT_PROPERTY]: tenantId };
  refuseForeignTenant(metadata, given, tenantId);
  return id;
}

export function refuseForeignTenant(
  metadata: EntityMetadata,
  given: unknown,
  tenantId: string,
): void {
  if (typeof given === 'string' && given.toLowerCase() === tenantId) return;
  throw new TenantMismatchError({
    problem: `A ${metadata.name} of another tenant was handed to the tenant in hand`,
    mend: 'Leave tenantId out: it is filled from the context and cannot be changed',
    given: { entity: metadata.name },
  });
}
