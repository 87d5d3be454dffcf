import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = 'dist/index.js';

/** For tests that start processes: the package as it would be shipped, built once for all of them. */
export function ensureBuilt() {
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newestOf('src')) return;
  const { status } = spawnSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The package could not be built');
}

function newestOf(folder) {
  const files = readdirSync(folder, { recursive: true });
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs));
}
