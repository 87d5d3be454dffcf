import { getMetadataStorage } from 'class-validator';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { EmbeddedMetadata } from 'typeorm/metadata/EmbeddedMetadata.js';
import { PropertyRules, type RuleMetadata } from './property-rules.js';

/** What is known about one column before any row is seen. */
export interface ColumnPlan {
  readonly column: ColumnMetadata;
  readonly path: string;
  readonly rules: PropertyRules | undefined;
  /** A value is needed, and the database makes none. */
  readonly isRequired: boolean;
  /** PostgreSQL or TypeORM fills it: ids, versions, dates of creation. */
  readonly isFilled: boolean;
  /** Another row may set it while both are saved: the parent of a collection. */
  readonly isLinkedByOthers: boolean;
  /** The value is there under its own name, which saves TypeORM's long way to it. */
  readonly isPlain: boolean;
}

/** A relation with rules of its own, such as `@IsDefined()`. */
export interface RelationPlan {
  readonly property: string;
  readonly rules: PropertyRules;
}

export interface RowPlan {
  readonly columns: readonly ColumnPlan[];
  readonly relations: readonly RelationPlan[];
}

const NOTHING: RowPlan = { columns: [], relations: [] };
const plans = new WeakMap<EntityMetadata, RowPlan>();

/** Made once for each entity. Columns without a rule that may be empty are not in it at all. */
export function planOf(metadata: EntityMetadata): RowPlan {
  let plan = plans.get(metadata);
  if (plan === undefined) {
    plan = metadata.isJunction ? NOTHING : makePlan(metadata);
    plans.set(metadata, plan);
  }
  return plan;
}

type RulesByProperty = ReadonlyMap<string, PropertyRules>;

function makePlan(metadata: EntityMetadata): RowPlan {
  const ofRow = rulesOf(metadata.target);
  const ofPart = new Map<EmbeddedMetadata, RulesByProperty>();
  const rulesFor = ({ embeddedMetadata: part, propertyName }: ColumnMetadata) => {
    if (!part) return ofRow.get(propertyName);
    if (!ofPart.has(part)) ofPart.set(part, rulesOf(part.type));
    return ofPart.get(part)?.get(propertyName);
  };
  const columns = metadata.columns
    .filter((column) => !column.isVirtualProperty && !column.generatedType)
    .map((column) => columnPlan(column, rulesFor(column)))
    .filter((plan) => plan.rules !== undefined || !(plan.column.isNullable || plan.isFilled));
  const relations = metadata.relations
    .filter((relation) => !relation.embeddedMetadata && !relation.isLazy)
    .flatMap(({ propertyName: property }) => {
      const rules = ofRow.get(property);
      return rules ? [{ property, rules }] : [];
    });
  return { columns, relations };
}

function columnPlan(column: ColumnMetadata, rules: PropertyRules | undefined): ColumnPlan {
  const isFilled = isFilledElsewhere(column);
  const hasValue = isFilled || column.default !== undefined;
  return {
    column,
    path: column.relationMetadata ? nameOf(column) : column.propertyPath,
    rules: column.isVirtual ? undefined : rules,
    isRequired: !column.isNullable && !hasValue && column.isInsert,
    isFilled,
    isLinkedByOthers: column.relationMetadata?.inverseRelation !== undefined,
    isPlain: !column.embeddedMetadata && !column.relationMetadata && !column.referencedColumn,
  };
}

function isFilledElsewhere(column: ColumnMetadata): boolean {
  return (
    column.isGenerated ||
    column.isVersion ||
    column.isCreateDate ||
    column.isUpdateDate ||
    column.isDeleteDate ||
    column.isDiscriminator ||
    column.isTreeLevel ||
    column.isMaterializedPath ||
    column.isNestedSetLeft ||
    column.isNestedSetRight
  );
}

/** A join column that has no property of its own goes by the name of the relation. */
function nameOf(column: ColumnMetadata): string {
  return column.isVirtual
    ? (column.relationMetadata?.propertyPath ?? column.propertyPath)
    : column.propertyPath;
}

function rulesOf(target: Function | string): RulesByProperty {
  if (typeof target !== 'function') return new Map();
  const storage = getMetadataStorage();
  const all = storage.getTargetValidationMetadatas(target, '', false, false);
  const grouped = Object.entries(storage.groupByPropertyName(all)) as [string, RuleMetadata[]][];
  return new Map(
    grouped.map(([property, rules]) => [property, new PropertyRules(target.name, property, rules)]),
  );
}
