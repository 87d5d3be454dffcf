import { hash } from 'node:crypto';

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

const LEAF = Buffer.of(0x00);
const NODE = 0x01;

/** RFC 6962: a leaf can never be taken for a node, since each begins with a byte of its own. */
export function leafHash(data: Buffer): Buffer {
  return hash('sha256', Buffer.concat([LEAF, data]), 'buffer');
}

/** Of leaf hashes that stand one after the other in one buffer. */
export function merkleRoot(leaves: Buffer): Buffer {
  if (leaves.length === 0) return hash('sha256', Buffer.alloc(0), 'buffer');
  let level = leaves;
  while (level.length > HASH_BYTES) level = levelAbove(level);
  return level;
}

/** The hashes that lead from one leaf to the root, the nearest first. */
export function merklePath(leaves: Buffer, index: number): Buffer[] {
  const path: Buffer[] = [];
  let level = leaves;
  for (let at = index; level.length > HASH_BYTES; at = Math.floor(at / 2)) {
    const neighbour = at % 2 === 0 ? at + 1 : at - 1;
    const one = nodeAt(level, neighbour);
    if (one.length === HASH_BYTES) path.push(one);
    level = levelAbove(level);
  }
  return path;
}

export interface LeafPlace {
  readonly index: number;
  readonly count: number;
}

/** Undefined where the path does not fit a tree of that size. */
export function rootOfPath(
  leaf: Buffer,
  { index, count }: LeafPlace,
  path: readonly Buffer[],
): Buffer | undefined {
  const left = [...path];
  let node = leaf;
  let last = count - 1;
  for (let at = index; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    // The last of an odd level has no neighbour, and moves up as it is.
    if (at % 2 === 0 && at === last) continue;
    const neighbour = left.shift();
    if (!neighbour) return undefined;
    node = at % 2 === 0 ? nodeHash(node, neighbour) : nodeHash(neighbour, node);
  }
  return left.length === 0 ? node : undefined;
}

function levelAbove(level: Buffer): Buffer {
  const count = level.length / HASH_BYTES;
  const above = Buffer.allocUnsafe(Math.ceil(count / 2) * HASH_BYTES);
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = NODE;
  let at = 0;
  for (; 2 * at + 1 < count; at++) {
    level.copy(node, 1, 2 * at * HASH_BYTES, 2 * (at + 1) * HASH_BYTES);
    hash('sha256', node, 'buffer').copy(above, at * HASH_BYTES);
  }
  if (count % 2 === 1) nodeAt(level, count - 1).copy(above, at * HASH_BYTES);
  return above;
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.of(NODE), left, right]), 'buffer');
}

function nodeAt(level: Buffer, index: number): Buffer {
  return level.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
