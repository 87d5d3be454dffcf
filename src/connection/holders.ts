import type { Scope } from '../context/tenant-scope.js';
import type { HeldConnection } from './held-connections.js';

const LIBRARIES = /node_modules|node:|<anonymous>/;

interface Group {
  readonly held: number;
  readonly oldestMs: number;
}

/** Who holds the connections of a pool, as one of those who wait may hear it: of others only numbers. */
export interface Holders {
  readonly own: Group;
  readonly others: Group;
  readonly kinds: Readonly<Record<string, number>>;
  /** Where in the code the oldest of the own ones was taken, if that is noted. */
  readonly ownTakenAt: string | undefined;
}

export function holdersFor(held: readonly HeldConnection[], scope: Scope | undefined): Holders {
  const own = held.filter((one) => isSame(one.scope, scope));
  const others = held.filter((one) => !isSame(one.scope, scope));
  const kinds: Record<string, number> = {};
  for (const { scope: one } of held) {
    const kind = one?.kind ?? 'none';
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return { own: group(own), others: group(others), kinds, ownTakenAt: placeOf(own[0]?.taken) };
}

export function holdersText({ own, others, ownTakenAt }: Holders): string {
  const place = ownTakenAt === undefined ? '' : `, taken at ${ownTakenAt}`;
  const parts = [
    own.held > 0 && `${own.held} by this tenant, the oldest for ${own.oldestMs} ms${place}`,
    others.held > 0 && `${others.held} by others, the oldest for ${others.oldestMs} ms`,
  ].filter(Boolean);
  return parts.length > 0 ? `held: ${parts.join('; ')}` : 'none is held';
}

/** Work without a tenant is all of one kind. */
function isSame(one: Scope | undefined, other: Scope | undefined): boolean {
  if (one?.kind !== other?.kind) return false;
  return one?.kind !== 'tenant' || one.tenantId === (other as typeof one).tenantId;
}

function group(held: readonly HeldConnection[]): Group {
  const [oldest] = held;
  return {
    held: held.length,
    oldestMs: oldest ? Math.round(performance.now() - oldest.since) : 0,
  };
}

/** The first line of a stack that belongs to the application. */
function placeOf(taken: Error | undefined): string | undefined {
  const lines = taken?.stack?.split('\n').slice(1) ?? [];
  const ours = folderOf(lines[0]);
  const line = lines.find((one) => !LIBRARIES.test(one) && !(ours && one.includes(ours)));
  return (line ?? lines[0])?.trim().replace(/^at /, '');
}

/** Where this module lies, above its rooms. */
function folderOf(line: string | undefined): string | undefined {
  return /\(?([^()\s]+[\\/])[^\\/]+$/.exec(line ?? '')?.[1]?.replace(/connection[\\/]$/, '');
}
