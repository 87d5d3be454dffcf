/** One thing that a description offers its users, and the test that shows it here. */
export interface Capability {
  /** The description it comes from. */
  readonly seed: string;
  readonly capability: string;
  /** Part of the path of the test file. */
  readonly file: string;
  /** The name of the test, or a part of it. */
  readonly test: string;
}

/** Offered by a description, and built with a room that is not there yet. */
export interface LaterCapability {
  readonly seed: string;
  readonly capability: string;
  /** The room that brings it. */
  readonly room: string;
}

type Shown = readonly [capability: string, file: string, test: string];
type Awaited = readonly [capability: string, room: string];

export function shown(seed: string, rows: readonly Shown[]): Capability[] {
  return rows.map(([capability, file, test]) => ({ seed, capability, file, test }));
}

export function awaited(seed: string, rows: readonly Awaited[]): LaterCapability[] {
  return rows.map(([capability, room]) => ({ seed, capability, room }));
}
