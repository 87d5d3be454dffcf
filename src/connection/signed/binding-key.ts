/** A key that the database knows; times in seconds of its clock. */
export interface BindingKey {
  readonly id: number;
  /** HMAC needs no more of the key than its two pads. */
  readonly innerPad: Uint8Array;
  readonly outerPad: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
}

export interface KeyRing {
  readonly keys: readonly BindingKey[];
  /** When the database answered. */
  readonly now: number;
}
