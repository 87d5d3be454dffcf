import type { Alias } from 'typeorm/query-builder/Alias.js';
import type { JoinAttribute } from 'typeorm/query-builder/JoinAttribute.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { DeletedWord } from './deleted-options.js';
import type { ToldDeleted } from './told-deleted.js';

type Step = Partial<Pick<JoinAttribute, 'parentAlias' | 'relationPropertyPath'>>;

/**
 * Runs `build` while every join carries its own condition on deleted rows. TypeORM decides when a
 * join is written, by what was said until then; here it is decided when the statement is.
 */
export function hideJoined<T>(map: QueryExpressionMap, told: ToldDeleted, build: () => T): T {
  refuseUnknownAliases(map, told);
  const before = map.joinAttributes.map((join) => join.condition);
  for (const join of map.joinAttributes) {
    const hidden = hiddenBy(join.alias, wordOfJoin(map, told, join));
    if (hidden === undefined) continue;
    join.condition = join.condition ? `(${join.condition}) AND ${hidden}` : hidden;
  }
  try {
    return build();
  } finally {
    map.joinAttributes.forEach((join, at) => Object.assign(join, { condition: before[at] }));
  }
}

/** Runs `build` while the condition of the statement hides rows of each table after FROM. */
export function hideRows<T>(map: QueryExpressionMap, told: ToldDeleted, build: () => T): T {
  const { withDeleted, extraAppendedAndWhereCondition: appended } = map;
  const tables = map.aliases.filter((one) => one === map.mainAlias || one.type === 'from');
  const hidden = tables
    .map((alias) => hiddenBy(alias, wordOfTable(map, told, alias)))
    .filter((one) => one !== undefined);
  const conditions = appended ? [`(${appended})`, ...hidden] : hidden;
  map.withDeleted = true;
  map.extraAppendedAndWhereCondition = conditions.join(' AND ');
  try {
    return build();
  } finally {
    Object.assign(map, { withDeleted, extraAppendedAndWhereCondition: appended });
  }
}

/** Does a join leave out deleted rows that the row before it may name? */
export function hidesTargets(
  map: QueryExpressionMap,
  told: ToldDeleted,
  join: JoinAttribute,
): boolean {
  return join.metadata?.deleteDateColumn !== undefined && wordOfJoin(map, told, join) !== 'with';
}

/** A row names one other by a key of its own, which a save writes back. */
export function isReference(relation: RelationMetadata | undefined): relation is RelationMetadata {
  return relation !== undefined && (relation.isManyToOne || relation.isOneToOneOwner);
}

function wordOfTable(map: QueryExpressionMap, told: ToldDeleted, alias: Alias): DeletedWord {
  const said = told.aliases.get(alias.name) ?? (alias === map.mainAlias ? told.rows : undefined);
  return said ?? (map.withDeleted ? 'with' : 'without');
}

function wordOfJoin(map: QueryExpressionMap, told: ToldDeleted, join: JoinAttribute): DeletedWord {
  const said = told.aliases.get(join.alias.name) ?? told.paths.get(pathOf(map, join) ?? '');
  if (said !== undefined) return said;
  if (map.withDeleted || isReference(join.relation)) return 'with';
  return told.showsHolders && !join.relation ? 'with' : 'without';
}

/** From the rows asked for; undefined where a join on the way follows no relation. */
export function pathOf(map: QueryExpressionMap, step: Step): string | undefined {
  const { parentAlias, relationPropertyPath } = step;
  if (parentAlias === undefined || relationPropertyPath === undefined) return undefined;
  if (parentAlias === map.mainAlias?.name) return relationPropertyPath;
  const parent = map.joinAttributes.find((one) => one.alias.name === parentAlias);
  const before = parent && pathOf(map, parent);
  return before === undefined ? undefined : `${before}.${relationPropertyPath}`;
}

function hiddenBy(alias: Alias, word: DeletedWord): string | undefined {
  const column = alias.hasMetadata ? alias.metadata.deleteDateColumn : undefined;
  if (!column || word === 'with') return undefined;
  return `${alias.name}.${column.propertyPath} IS ${word === 'only' ? 'NOT ' : ''}NULL`;
}

function refuseUnknownAliases({ aliases }: QueryExpressionMap, told: ToldDeleted): void {
  for (const name of told.aliases.keys()) {
    if (aliases.some((one) => one.name === name)) continue;
    throw new InvalidInputError({
      problem: `The query has no alias ${name.slice(0, 60)} whose deleted rows could be shown or hidden`,
      mend: `Name one of: ${aliases.map((one) => one.name).join(', ')}; nothing was read`,
    });
  }
}
