import type { EntityMetadata, FindManyOptions, ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { described } from '../../errors/described-value.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { RelationPath } from './relation-path.js';

/** Of rows that can be deleted softly: the deleted as well, these alone, or none of them. */
export type DeletedWord = 'with' | 'only' | 'without';

/** What to read of the rows asked for, and of each relation that is loaded with them. */
export interface DeletedParts<Entity = ObjectLiteral> {
  readonly rows?: DeletedWord;
  /** By the path from the entity, such as `comments` or `comments.author`. */
  readonly relations?: { readonly [Path in RelationPath<Entity>]?: DeletedWord };
}

/**
 * What to do about soft-deleted rows. Default: they are not there, but what a row names is, with its
 * `deletedAt`. A word alone is for the rows; `with` and `only` show what is deleted in their relations too.
 */
export interface DeletedOptions<Entity = ObjectLiteral> {
  readonly deleted?: DeletedWord | DeletedParts<Entity>;
  readonly includeDeleted?: boolean;
}

export interface ReadDeleted {
  readonly rows: DeletedWord | undefined;
  /** In relations that nothing is said of. */
  readonly everywhere: boolean;
  readonly relations: ReadonlyMap<string, DeletedWord>;
}

type Options = FindManyOptions<ObjectLiteral> & DeletedOptions;

const WORDS: readonly unknown[] = ['with', 'only', 'without'];
const PARTS = ['rows', 'relations'];
const NOTHING_SAID: ReadDeleted = { rows: undefined, everywhere: false, relations: new Map() };

/** Takes apart what was said; everything that does not fit is refused before anything is sent. */
export function readDeleted(metadata: EntityMetadata, options: Options): ReadDeleted {
  const { deleted, includeDeleted } = options;
  if (includeDeleted !== undefined && typeof includeDeleted !== 'boolean') {
    throw refused('includeDeleted', includeDeleted, 'Pass true or false');
  }
  if (deleted === undefined)
    return includeDeleted ? { ...NOTHING_SAID, everywhere: true } : NOTHING_SAID;
  if (isWord(deleted)) {
    const rows = checkedOnly(metadata, deleted, 'deleted');
    return { ...NOTHING_SAID, rows, everywhere: deleted !== 'without' };
  }
  if (!isRecord(deleted)) throw refused('deleted', deleted, MEND_DELETED);
  const unknown = Object.keys(deleted).find((key) => !PARTS.includes(key));
  if (unknown !== undefined)
    throw refused(`deleted.${short(unknown)}`, deleted[unknown], MEND_DELETED);
  const { rows, relations } = deleted;
  return {
    rows: rows === undefined ? undefined : checkedWord(metadata, rows, 'deleted.rows'),
    everywhere: false,
    relations: readRelations(metadata, relations, options),
  };
}

function readRelations(
  metadata: EntityMetadata,
  given: unknown,
  options: Options,
): ReadonlyMap<string, DeletedWord> {
  const words = new Map<string, DeletedWord>();
  if (given === undefined) return words;
  if (!isRecord(given)) throw refused('deleted.relations', given, MEND_RELATIONS);
  for (const [path, word] of Object.entries(given)) {
    if (word === undefined) continue;
    const target = loadedTarget(metadata, path, options);
    words.set(path, checkedWord(target, word, `deleted.relations.${short(path)}`));
  }
  return words;
}

/** The entity at the end of the path, every step of which has to be part of the read. */
function loadedTarget(root: EntityMetadata, path: string, options: Options): EntityMetadata {
  const { relations, where, order, loadRelationIds } = options;
  const eager = options.loadEagerRelations !== false;
  const ids = typeof loadRelationIds === 'object' ? (loadRelationIds.relations ?? []) : [];
  let metadata = root;
  let asked: unknown[] = [relations, order, ...[where].flat()];
  for (let rest = path; rest !== '';) {
    const relation = firstRelation(metadata, rest);
    if (!relation) throw unknownRelation(metadata, rest);
    const step = relation.propertyPath;
    asked = asked.map((one) => at(one, step)).filter((one) => one !== undefined && one !== false);
    const isId = metadata === root && (loadRelationIds === true || ids.includes(step));
    if (asked.length === 0 && !(eager && relation.isEager) && !isId) throw notLoaded(root, path);
    metadata = relation.inverseEntityMetadata;
    rest = rest.slice(step.length + 1);
  }
  return metadata;
}

function firstRelation(metadata: EntityMetadata, path: string): RelationMetadata | undefined {
  return metadata.relations.find(
    ({ propertyPath }) => path === propertyPath || path.startsWith(`${propertyPath}.`),
  );
}

function at(asked: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((one, key) => (isRecord(one) ? one[key] : undefined), asked);
}

function checkedWord(metadata: EntityMetadata, word: unknown, name: string): DeletedWord {
  if (isWord(word)) return checkedOnly(metadata, word, name);
  throw refused(name, word, "Say 'with', 'only' or 'without'");
}

function checkedOnly(metadata: EntityMetadata, word: DeletedWord, name: string): DeletedWord {
  if (word !== 'only' || metadata.deleteDateColumn) return word;
  throw new InvalidInputError({
    problem: `${name} asks for deleted rows only, but a ${metadata.name} is never deleted softly`,
    mend: "Leave it out, or say 'with' or 'without'; nothing was read",
    given: { entity: metadata.name },
  });
}

function isWord(value: unknown): value is DeletedWord {
  return WORDS.includes(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MEND_DELETED = "Say 'with', 'only' or 'without', or { rows, relations } with these words";
const MEND_RELATIONS = "Pass an object such as { 'comments.author': 'without' }";

function refused(name: string, value: unknown, mend: string): InvalidInputError {
  return new InvalidInputError({
    problem: `${name} says nothing that is known (given: ${described(value)})`,
    mend: `${mend}; nothing was read`,
  });
}

function unknownRelation(metadata: EntityMetadata, path: string): InvalidInputError {
  const known = metadata.relations.map((one) => one.propertyPath);
  return new InvalidInputError({
    problem: `${metadata.name} has no relation ${short(path)}`,
    mend:
      known.length > 0
        ? `Name one of: ${known.join(', ')}; nothing was read`
        : 'It has none: leave deleted.relations out; nothing was read',
    given: { entity: metadata.name },
  });
}

function notLoaded(metadata: EntityMetadata, path: string): InvalidInputError {
  return new InvalidInputError({
    problem: `deleted.relations speaks of ${metadata.name}.${path}, which is not loaded`,
    mend: 'Name it in relations as well; nothing was read',
    given: { entity: metadata.name },
  });
}

function short(text: string): string {
  return text.slice(0, 60);
}
