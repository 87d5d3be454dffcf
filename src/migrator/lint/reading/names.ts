import type { Node, RangeVar } from 'libpg-query';
import { nodesOf, wordsOf } from './sql-nodes.js';

/** The schema of names that give none, until an option says another. */
export const DEFAULT_SCHEMA = 'public';

/** `schema.name`, one form for all ways to write it. */
export type QualifiedName = string;

export function tableName(
  relation: RangeVar | undefined,
  schema: string = DEFAULT_SCHEMA,
): QualifiedName {
  return `${relation?.schemaname ?? schema}.${relation?.relname ?? ''}`;
}

/** Names as DROP, RENAME and types write them: a list of words. */
export function wordsName(
  words: readonly string[],
  schema: string = DEFAULT_SCHEMA,
): QualifiedName {
  const [name = '', before = schema] = words.toReversed();
  return `${before}.${name}`;
}

/** One entry of DROP: a list of words, or a type name. */
export function objectWords(object: Node): readonly string[] {
  if ('List' in object) return wordsOf(object.List.items);
  if ('TypeName' in object) return wordsOf(object.TypeName.names);
  if ('String' in object) return [object.String.sval ?? ''];
  if ('ObjectWithArgs' in object) return wordsOf(object.ObjectWithArgs.objname);
  return [];
}

export function tablesOf(
  nodes: readonly Node[] | undefined,
  schema: string,
): readonly QualifiedName[] {
  return nodesOf(nodes, 'RangeVar').map((relation) => tableName(relation, schema));
}

/** For people: nobody writes `public.` */
export function shown(name: QualifiedName): string {
  return name.startsWith('public.') ? name.slice('public.'.length) : name;
}
