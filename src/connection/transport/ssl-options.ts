import type { ConnectionOptions } from 'node:tls';

/** `no-verify` encrypts, and does not ask whom it talks to. */
export const SSL_MODES = ['disable', 'no-verify', 'verify-ca', 'require', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** How a connection is encrypted; what is not named here goes to node:tls as it is. */
export interface SslOptions extends Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'minVersion' | 'ciphers'
> {
  /** Default: verify-full. */
  readonly mode?: SslMode;
  /** The name in the certificate of the server, where it is another than that of the address. */
  readonly servername?: string;
}

export type SslValue = boolean | SslMode | SslOptions;

export function isSslMode(value: unknown): value is SslMode {
  return SSL_MODES.includes(value as SslMode);
}
