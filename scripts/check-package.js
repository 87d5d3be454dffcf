import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exportedNames } from './exported-names.js';

/**
 * Packs as npm would publish, and looks at the package as a stranger does: what is in it, whether
 * every tool resolves it, which names it has, and whether an application starts with it.
 * `--update-names` accepts the names as they are now.
 */
const NAMES = 'docs/api/exported-names.txt';
const LARGEST_BYTES = 1_000_000;
const NEST_12 = ['@nestjs/platform-express@12', '@nestjs/terminus@12', 'better-auth@1', 'vitest@4'];
const NEST_11 = ['common', 'core', 'platform-express', 'terminus', 'typeorm'].map(
  (one) => `@nestjs/${one}@11`,
);

const work = mkdtempSync(join(tmpdir(), 'rowguard-package-'));
const problems = [];
try {
  npm(['pack', '--silent', '--pack-destination', work], process.cwd());
  const tarball = join(
    work,
    readdirSync(work).find((file) => file.endsWith('.tgz')),
  );
  run('tar', ['-xzf', tarball, '-C', work], work);
  step('contents', () => checkContents(join(work, 'package'), tarball));
  step('names', checkNames);
  step('publint', () => node('node_modules/publint/src/cli.js', ['run', tarball, '--strict']));
  step('attw', () =>
    node('node_modules/@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only']),
  );
  if (!process.argv.includes('--no-install')) {
    step('consumer, Nest 12', () =>
      consume('nest-12', tarball, NEST_12, [
        'esm.mjs',
        'cjs.cjs',
        'quick-start.mjs',
        'schema.mjs',
        'terminus.mjs',
        'better-auth.mjs',
        'vitest.mjs',
      ]),
    );
    step('consumer, Nest 11', () =>
      consume('nest-11', tarball, NEST_11, ['nest.mjs', 'schema.mjs', 'terminus.mjs']),
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function step(name, check) {
  const started = Date.now();
  const before = problems.length;
  try {
    problems.push(...(check() ?? []).map((problem) => `${name}: ${problem}`));
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === before ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
}

function checkContents(directory, tarball) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const found = [];
  for (const file of files) {
    const name = file.slice(directory.length + 1);
    const isOurs = /^(?:dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/.test(name);
    if (!isOurs) found.push(`${name} is not meant to be shipped`);
    if (/(?:spec|\.tsbuildinfo|(?<!\.d)\.ts)$|\.spec\.|(?:^|\/)test\//.test(name)) {
      found.push(`${name} is for development only`);
    }
    if (name.endsWith('.map')) found.push(...lostSources(file, name));
  }
  for (const needed of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js']) {
    if (!existsSync(join(directory, needed))) found.push(`${needed} is missing`);
  }
  const bytes = readFileSync(tarball).length;
  console.log(`        ${files.length} files, ${Math.round(bytes / 1024)} kB packed`);
  if (bytes > LARGEST_BYTES) found.push(`${bytes} bytes, at most ${LARGEST_BYTES} are allowed`);
  return found;
}

/** A map without its sources inside points at files that nobody has. */
function lostSources(file, name) {
  const { sources, sourcesContent = [] } = JSON.parse(readFileSync(file, 'utf8'));
  return sources
    .filter((_, at) => typeof sourcesContent[at] !== 'string')
    .map((source) => `${name} points at ${source}, which is not in the package`);
}

function checkNames() {
  const now = exportedNames(doors());
  if (process.argv.includes('--update-names')) {
    mkdirSync('docs/api', { recursive: true });
    writeFileSync(NAMES, now);
  }
  const before = existsSync(NAMES) ? readFileSync(NAMES, 'utf8') : '';
  const [known, found] = [before, now].map((text) => text.split('\n'));
  return [
    ...known.filter((line) => !found.includes(line)).map((line) => `no longer exported: ${line}`),
    ...found.filter((line) => !known.includes(line)).map((line) => `not in ${NAMES}: ${line}`),
  ];
}

/** The types behind each way in, by the name of the way: `.` and `schema`. */
function doors() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([way, { types }]) => [way.replace('./', ''), types.replace('./', '')]);
}

/** Installs the package into an empty project, runs the scripts, and once without the engine. */
function consume(name, tarball, packages, scripts) {
  const project = join(work, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  npm(['install', '--no-audit', '--no-fund', '--loglevel=error', tarball, ...packages], project);
  for (const script of [...scripts, 'without-engine.mjs']) {
    cpSync(join('scripts/consumers', script), join(project, script));
    if (script === 'quick-start.mjs') compileQuickStart(project);
    if (script === 'vitest.mjs') {
      cpSync('scripts/consumers/notes.test.mjs', join(project, 'notes.test.mjs'));
    }
    if (script === 'without-engine.mjs') {
      rmSync(join(project, 'node_modules/@electric-sql'), { recursive: true });
    }
    run(process.execPath, [script], project);
  }
}

function compileQuickStart(project) {
  const program = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
  };
  writeFileSync(join(project, 'main.ts'), program);
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['main.ts'] }),
  );
  node('node_modules/typescript/bin/tsc', ['-p', project]);
}

function node(script, parameters) {
  run(process.execPath, [resolve(script), ...parameters], process.cwd());
}

function npm(parameters, cwd) {
  run('npm', parameters, cwd);
}

function run(command, parameters, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd,
    env: { ...process.env, DATABASE_URL: '', DATABASE_ADMIN_URL: '', NODE_OPTIONS: '' },
    encoding: 'utf8',
    shell: command === 'npm' && process.platform === 'win32',
    timeout: 240_000,
  });
  if (status === 0) return;
  const shown = [command === process.execPath ? 'node' : command, ...parameters].join(' ');
  throw new Error(`${shown} failed\n${error?.message ?? ''}${stdout}${stderr}`);
}
