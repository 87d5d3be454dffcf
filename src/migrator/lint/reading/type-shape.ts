import type { TypeName } from 'libpg-query';
import { nodesOf, wordsOf } from './sql-nodes.js';

/** A type by its catalog name, such as int4, with its length or precision and scale. */
export interface TypeShape {
  readonly name: string;
  readonly schema: string | undefined;
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

const FULL_NAMES: Readonly<Record<string, string>> = {
  integer: 'int4',
  int: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  'character varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  decimal: 'numeric',
  'double precision': 'float8',
  real: 'float4',
  boolean: 'bool',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
};

export function typeShape(type: TypeName | undefined): TypeShape {
  const words = wordsOf(type?.names);
  const schema = words.length > 1 ? words[0] : undefined;
  return {
    name: words.at(-1) ?? '',
    schema: schema === 'pg_catalog' ? undefined : schema,
    modifiers: nodesOf(type?.typmods, 'A_Const').flatMap(({ ival }) =>
      ival ? [ival.ival ?? 0] : [],
    ),
    isArray: (type?.arrayBounds ?? []).length > 0,
  };
}

/** The same of what format_type() or a person writes, such as `character varying(50)[]`. */
export function shapeOfText(text: string): TypeShape {
  const match = /^([^([]+?)\s*(?:\(([^)]*)\))?(\s+with(?:out)? time zone)?\s*(\[\])?$/i.exec(
    text.trim(),
  );
  const written = `${match?.[1] ?? text}${match?.[3] ?? ''}`.toLowerCase().replaceAll(/\s+/g, ' ');
  const name = FULL_NAMES[written] ?? written;
  return {
    name: name.slice(name.lastIndexOf('.') + 1),
    schema: name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined,
    modifiers: (match?.[2] ?? '').split(',').flatMap((digits) => (digits ? [Number(digits)] : [])),
    isArray: match?.[4] !== undefined,
  };
}

export function typeText({ name, schema, modifiers, isArray }: TypeShape): string {
  const size = modifiers.length > 0 ? `(${modifiers.join(',')})` : '';
  return `${schema ? `${schema}.` : ''}${name}${size}${isArray ? '[]' : ''}`;
}
