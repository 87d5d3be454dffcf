import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/** The tests of notes.test.mjs under Vitest: once as they are, and once with one that fails. */
function run(more) {
  const parameters = ['node_modules/vitest/vitest.mjs', 'run', 'notes.test.mjs'];
  const env = { ...process.env, NO_COLOR: '1', ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    env,
    encoding: 'utf8',
  });
  return { status, told: `${stdout}${stderr}` };
}

const passed = run({});
assert.match(passed.told, /Tests {2}4 passed/);
assert.equal(passed.status, 0, passed.told);
assert.doesNotMatch(passed.told, /kept the test database/);

const failed = run({ FAILS: '1' });
assert.match(failed.told, /1 failed \| 3 passed/);
const [, file] = /kept the test database: (\S+\.tar)/.exec(failed.told) ?? [];
assert.ok(file, failed.told);
rmSync(file);
