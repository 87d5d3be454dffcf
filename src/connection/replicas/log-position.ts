const POSITION = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** How far the write-ahead log goes; PostgreSQL's pg_lsn as a number. */
export function positionOf(text: string): bigint | undefined {
  const [, high, low] = POSITION.exec(text) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function positionText(position: bigint): string {
  const [high, low] = [position >> 32n, position & 0xffffffffn];
  return `${high.toString(16)}/${low.toString(16)}`.toUpperCase();
}
