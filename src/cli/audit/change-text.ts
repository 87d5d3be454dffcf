import type { AuditChange, ValueChange } from '../../audit/history/audit-change.js';

/** A change for people: a line about it, and one for each property. */
export function changeText(change: AuditChange): string {
  const { at, op, entity, key, actor, requestId, action, masked, erased, tenantId } = change;
  const who = `${actor.type}${actor.id === null ? '' : ` ${actor.id}`}`;
  const head = [
    at.toISOString(),
    op,
    ...(entity === null ? [] : [`${entity} ${keyText(key)}`]),
    ...(action === null ? [] : [JSON.stringify(action)]),
    `by ${who}${actor.onBehalfOf === null ? '' : ` for ${actor.onBehalfOf}`}`,
    `tenant ${tenantId}`,
    ...(requestId === null ? [] : [`request ${requestId}`]),
  ];
  return [
    head.join('  '),
    ...Object.entries(change.changes as Record<string, ValueChange>).map(
      ([name, { from, to }]) => `  ${name}: ${valueText(from)} -> ${valueText(to)}`,
    ),
    ...masked.map((name) => `  ${name}: [masked]`),
    ...(erased ? ['  [erased]'] : []),
    ...(Object.keys(change.meta).length > 0 ? [`  ${valueText(change.meta)}`] : []),
  ].join('\n');
}

/** For the JSON form: bytes as PostgreSQL writes them. */
export function changeData(change: AuditChange): unknown {
  return withBytesAsText(change);
}

function keyText(key: Readonly<Record<string, unknown>>): string {
  const values = Object.values(key);
  return values.length === 1 ? plain(values[0]) : valueText(key);
}

function valueText(value: unknown): string {
  return JSON.stringify(withBytesAsText(value)) ?? 'null';
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : valueText(value);
}

function withBytesAsText(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(withBytesAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withBytesAsText(one)]),
  );
}
