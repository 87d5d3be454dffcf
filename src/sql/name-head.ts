const [FIRST_BITS, FOLLOWS] = [0b1100_0000, 0b1000_0000];

/** The beginning of a name within so many bytes, and of whole characters: a name is UTF-8. */
export function nameHead(name: string, mostBytes: number): string {
  const bytes = Buffer.from(name);
  let end = Math.min(mostBytes, bytes.length);
  while (((bytes[end] ?? 0) & FIRST_BITS) === FOLLOWS) end--;
  return bytes.subarray(0, end).toString();
}
