/** A key that the database knows; times in seconds of its clock. */
export interface BindingKey {
  readonly id: number;
  readonly secret: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
}

export interface KeyRing {
  readonly keys: readonly BindingKey[];
  /** When the database answered. */
  readonly now: number;
}
