import type { BindingKey } from './binding-key.js';

/** What a seal says of the connection that it is for. */
export interface SignedSession {
  /** Of the server's process; undefined until it was asked. */
  process: string | undefined;
  /**
   * The key of the transaction in hand: one that reads an old snapshot does not know the keys that
   * came after it.
   */
  key: BindingKey | undefined;
}
