export interface TypeChange {
  /** Every old value has its place in the new type, as it is. */
  readonly isWidening: boolean;
  /** Every row is written anew, under a lock that nobody reads or writes through. */
  readonly rewrites: boolean;
}

const INTEGERS = ['smallint', 'integer', 'bigint'];
const NO: TypeChange = { isWidening: false, rewrites: true };
const FREE: TypeChange = { isWidening: true, rewrites: false };
const REWRITE: TypeChange = { isWidening: true, rewrites: true };

interface SizedType {
  readonly name: string;
  readonly sizes: readonly number[];
}

/** What it takes to give a column another type; both as PostgreSQL or TypeORM writes them. */
export function typeChange(from: string, to: string): TypeChange {
  const [old, next] = [read(from), read(to)];
  if (old.name === 'character varying') return ofText(old, next);
  if (old.name === 'numeric') return ofNumeric(old, next);
  if (INTEGERS.includes(old.name)) return ofInteger(old, next);
  if (old.name === 'real' && next.name === 'double precision') return REWRITE;
  if (old.name === 'cidr' && next.name === 'inet') return FREE;
  return NO;
}

function ofText(old: SizedType, next: SizedType): TypeChange {
  if (next.name === 'text') return FREE;
  if (next.name !== 'character varying') return NO;
  return (next.sizes[0] ?? Infinity) >= (old.sizes[0] ?? Infinity) ? FREE : NO;
}

function ofNumeric(old: SizedType, next: SizedType): TypeChange {
  if (next.name !== 'numeric') return NO;
  if (next.sizes.length === 0) return FREE;
  const [precision = Infinity, scale = 0] = old.sizes;
  const [wider = 0, nextScale = 0] = next.sizes;
  if (nextScale === scale && wider >= precision) return FREE;
  return nextScale > scale && wider - nextScale >= precision - scale ? REWRITE : NO;
}

function ofInteger(old: SizedType, next: SizedType): TypeChange {
  return INTEGERS.indexOf(next.name) > INTEGERS.indexOf(old.name) ? REWRITE : NO;
}

function read(type: string): SizedType {
  const [, name = '', sizes] =
    /^([^(]+?)\s*(?:\(([\d\s,]+)\))?$/.exec(type.trim().toLowerCase()) ?? [];
  return {
    name: ALIASES[name] ?? name,
    sizes: sizes === undefined ? [] : sizes.split(',').map(Number),
  };
}

const ALIASES: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  decimal: 'numeric',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
};
