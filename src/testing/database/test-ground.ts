import type { RowguardDataSource } from '../../rowguard.data-source.js';

/** Where a test database lies. */
export interface TestGround {
  readonly source: RowguardDataSource;
  /** For people: an address without a password. */
  readonly address: string;
  /** As it was when it was made; undefined where that is not possible. */
  readonly renew: (() => Promise<void>) | undefined;
  /** Leaves it where it is; says where. */
  keep(): Promise<string>;
  /** Keeps a copy of what is in it now; says where. */
  keepCopy(): Promise<string>;
  drop(): Promise<void>;
}
