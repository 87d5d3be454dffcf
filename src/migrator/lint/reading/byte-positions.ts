/** PostgreSQL's parser counts bytes of UTF-8; strings here count UTF-16. */
export function charOffsets(text: string): (byte: number) => number {
  const bytes = Buffer.byteLength(text);
  if (bytes === text.length) return (byte) => byte;
  const offsets = new Uint32Array(bytes + 1);
  let byte = 0;
  let at = 0;
  for (const symbol of text) {
    const width = Buffer.byteLength(symbol);
    offsets.fill(at, byte, byte + width);
    byte += width;
    at += symbol.length;
  }
  offsets[bytes] = text.length;
  return (given) => offsets[Math.min(given, bytes)] ?? text.length;
}
