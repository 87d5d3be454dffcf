import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARENT_CHECK_MS = 500;

/**
 * `npm start`: builds the library, compiles the example against it, and runs the example in this
 * process, so that a signal reaches it without a messenger.
 */
const started = performance.now();
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
console.log('Building the library and examples/saas-api ...');
run('scripts/build.js');
rmSync('examples/saas-api/dist', { recursive: true, force: true });
run('node_modules/typescript/bin/tsc', '-p', 'examples/saas-api/tsconfig.json');
console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
stopWithParent();
await import('../examples/saas-api/dist/main.js');

/** npm hands SIGTERM to the shell between it and us, and the shell dies of it without a word. */
function stopWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
}

function run(...command) {
  const { status, signal } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (signal) process.exit(130);
  if (status !== 0) process.exit(status ?? 1);
}
