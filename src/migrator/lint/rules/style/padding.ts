import type { ColumnShape } from '../../reading/table-change.js';

/** Size and alignment of the types whose size does not depend on the value. */
const SIZES: Readonly<Record<string, readonly [size: number, alignment: number]>> = {
  bool: [1, 1],
  char: [1, 1],
  int2: [2, 2],
  smallserial: [2, 2],
  int4: [4, 4],
  serial: [4, 4],
  float4: [4, 4],
  date: [4, 4],
  oid: [4, 4],
  int8: [8, 8],
  bigserial: [8, 8],
  float8: [8, 8],
  timestamp: [8, 8],
  timestamptz: [8, 8],
  time: [8, 8],
  money: [8, 8],
  timetz: [12, 8],
  interval: [16, 8],
  uuid: [16, 1],
};

/** What another order of the columns would save in each row. */
export function wastedBytes(columns: readonly ColumnShape[]): number {
  const sizes = columns.flatMap(({ type }) => {
    const known = type.isArray ? undefined : SIZES[type.name];
    return known ? [known] : [];
  });
  const best = sizes.toSorted(([, one], [, other]) => other - one);
  return padded(sizes) - padded(best);
}

function padded(sizes: readonly (readonly [number, number])[]): number {
  let at = 0;
  for (const [size, alignment] of sizes) at = Math.ceil(at / alignment) * alignment + size;
  return at;
}
