import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { MigrationHistoryError } from '../../errors/migration-history.error.js';
import { type Approval, readApproval } from '../approval/approvals.js';

export const LOCK_FILE = 'migrations.lock.json';
const VERSION = 1;

export type Risk = 'none' | 'destructive';

export interface LockedMigration {
  readonly name: string;
  readonly checksum: string | null;
  readonly risk: Risk;
}

/** What was read and agreed to, in version control: what runs later has to be just that. */
export interface LockFile {
  readonly migrations: readonly LockedMigration[];
  readonly approvals: readonly Approval[];
}

export function readLockFile(path: string): LockFile | undefined {
  const content = contentOf(path);
  if (content && content.head !== headOf(content.migrations)) throw notAChain(path);
  return content;
}

/** Those of a file that two branches have merged hold as well. */
export function approvalsIn(path: string): readonly Approval[] {
  return contentOf(path)?.approvals ?? [];
}

/** The head changes with every line, so that two branches that add one each cannot be merged blindly. */
export function writeLockFile(path: string, { migrations, approvals }: LockFile): void {
  const content = { version: VERSION, head: headOf(migrations), migrations, approvals };
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}

function headOf(migrations: readonly LockedMigration[]): string {
  return migrations.reduce(
    (before, { name, checksum, risk }) =>
      createHash('sha256')
        .update(JSON.stringify([before, name, checksum, risk]))
        .digest('hex'),
    '',
  );
}

function contentOf(path: string): (LockFile & { readonly head?: unknown }) | undefined {
  if (!existsSync(path)) return undefined;
  const content = parse(path);
  if (!isLockFile(content)) throw unreadable(path);
  // Each has to be readable as one that is given by hand: a shorter hash would fit too much.
  for (const { name, hash } of content.approvals) readApproval(`${name}@${hash}`);
  return content;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function isLockFile(content: unknown): content is LockFile & { readonly head?: unknown } {
  if (typeof content !== 'object' || content === null) return false;
  const { migrations, approvals, version } = content as Record<string, unknown>;
  return (
    version === VERSION &&
    Array.isArray(migrations) &&
    migrations.every((one) => hasTexts(one, 'name', 'risk')) &&
    Array.isArray(approvals) &&
    approvals.every((one) => hasTexts(one, 'name', 'hash'))
  );
}

function hasTexts(value: unknown, ...keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
}

function unreadable(path: string, cause?: unknown): MigrationHistoryError {
  return new MigrationHistoryError({
    problem: `${path} cannot be read as a lock file of migrations`,
    mend: 'Resolve the merge in it, or write it anew: rowguard migration:validate --write',
    ...(cause === undefined ? {} : { cause }),
  });
}

function notAChain(path: string): MigrationHistoryError {
  return new MigrationHistoryError({
    problem: `${path} was edited by hand or merged: its head does not fit its lines`,
    mend: 'Look whether the migrations of both branches fit together; then write it anew: rowguard migration:validate --write',
  });
}
