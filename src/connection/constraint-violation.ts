import type { DataSource, EntityMetadata, QueryFailedError } from 'typeorm';
import { CheckViolationError } from '../errors/check-violation.error.js';
import type {
  ConstraintViolatedError,
  ViolatedConstraint,
} from '../errors/constraint-violated.error.js';
import { ExclusionViolationError } from '../errors/exclusion-violation.error.js';
import { NotNullViolationError } from '../errors/not-null-violation.error.js';
import { ReferenceMissingError } from '../errors/reference-missing.error.js';
import { RowReferencedError } from '../errors/row-referenced.error.js';
import { UniqueViolationError } from '../errors/unique-violation.error.js';
import {
  type KnownConstraint,
  isShared,
  knownConstraint,
  metadataOfTable,
} from './constraint-catalog.js';

/** What PostgreSQL says in fields of their own; its sentences may quote values. */
export interface ViolationFacts {
  readonly code?: string;
  readonly message?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

type Violated = new (violated: ViolatedConstraint, cause: unknown) => ConstraintViolatedError;
type Telling = (facts: ViolationFacts, known: KnownConstraint | undefined) => [Violated, string];

const TELLINGS: Readonly<Record<string, Telling>> = {
  '23505': (_, known) => [UniqueViolationError, taken(known)],
  '23503': (facts, known) =>
    isAboutReferencedRow(facts)
      ? [RowReferencedError, stillReferenced(known)]
      : [ReferenceMissingError, missing(known)],
  // PostgreSQL 18 has a code of its own for RESTRICT.
  '23001': (_, known) => [RowReferencedError, stillReferenced(known)],
  '23514': (_, known) => [CheckViolationError, known?.rule ?? 'a rule of the table does not hold'],
  '23P01': (_, known) => [ExclusionViolationError, excluded(known)],
};

/** The typed error for a violated constraint; undefined for every other failure. */
export function constraintViolation(
  source: DataSource,
  facts: ViolationFacts,
  cause: QueryFailedError,
): ConstraintViolatedError | undefined {
  if (facts.code === '23502') return nullViolation(source, facts, cause);
  const telling = TELLINGS[facts.code ?? ''];
  if (!telling) return undefined;
  const known = knownConstraint(source, facts, facts.constraint);
  const [Type, meaning] = telling(facts, known);
  const { constraint, table } = facts;
  return new Type({ constraint, table, properties: known?.properties ?? [], meaning }, cause);
}

function nullViolation(
  source: DataSource,
  facts: ViolationFacts,
  cause: QueryFailedError,
): NotNullViolationError {
  const { constraint, table, column = 'a column' } = facts;
  const metadata = metadataOfTable(source, facts);
  const property = metadata?.columns.find((one) => one.databaseName === column)?.propertyPath;
  return new NotNullViolationError(
    {
      constraint,
      table,
      properties: property === undefined ? [] : [property],
      meaning: `${property ?? column}${metadata ? ` of ${withArticle(metadata)}` : ''} is required`,
    },
    cause,
  );
}

/** Of shared rows only that the value is taken: whoever has it may be somebody else's. */
function taken(known: KnownConstraint | undefined): string {
  if (!known) return 'a value that has to be unique is taken';
  const { metadata, properties, isOfLiving } = known;
  const what = properties.length > 0 ? properties.join(' and ') : 'a value that has to be unique';
  if (isShared(metadata)) return `${what} of ${withArticle(metadata)} is taken`;
  return `another ${isOfLiving ? 'living ' : ''}${metadata.name} of the tenant has this ${what}`;
}

function missing(known: KnownConstraint | undefined): string {
  if (!known?.referenced) return 'it refers to a row that is not there';
  const { metadata, referenced, properties } = known;
  const by = properties.length > 0 ? ` by ${properties.join(' and ')}` : '';
  return `${withArticle(metadata)} refers${by} to ${withArticle(referenced)} that is not there`;
}

function stillReferenced(known: KnownConstraint | undefined): string {
  if (!known?.referenced) return 'other rows still refer to it';
  return `${withArticle(known.metadata)} still refers to the ${known.referenced.name}`;
}

function excluded(known: KnownConstraint | undefined): string {
  if (!known?.rule) return 'another row excludes it';
  return `another ${known.metadata.name} excludes it (${known.rule})`;
}

function withArticle({ name }: EntityMetadata): string {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/**
 * One code stands for both ends of a foreign key. The sentence may be in any language, but it names
 * the second table only where a referenced row was to go.
 */
function isAboutReferencedRow({ message = '' }: ViolationFacts): boolean {
  return (
    (message.match(/"[^"]*"|«[^»]*»|»[^«]*«|„[^“”]*[“”]|“[^”]*”|「[^」]*」/g) ?? []).length > 2
  );
}
