import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { roomFindings } from '../../../scripts/check-rooms.js';

const OXLINT = resolve('node_modules/oxlint/bin/oxlint');

describe('the rules of the house', () => {
  let tree: string;

  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'rowguard-rooms-'));
  });

  afterEach(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  it('accepts imports of the own room and of lower rows', () => {
    write('src/errors/a.error.ts', 'export const a = 1;');
    write('src/context/b.ts', "import { a } from '../errors/a.error.js';\nexport const b = a;");
    write('src/context/c.ts', "export { b } from './b.js';");
    write('src/database.module.ts', "import './context/c.js';\nimport 'typeorm';");
    write('src/index.ts', "export * from './database.module.js';");

    expect(roomFindings(tree)).toEqual([]);
  });

  it.each([
    ['an import', "import { up } from '../repositories/up.js';\nup();"],
    ['a type', "import type { Up } from '../repositories/up.js';\nexport type A = Up;"],
    ['a re-export', "export * from '../repositories/up.js';"],
    ['a dynamic import', "export const up = () => import('../repositories/up.js');"],
  ])('refuses %s from a higher row', (_kind, text) => {
    write('src/context/a.ts', text);

    expect(roomFindings(tree)).toEqual([
      'src/context/a.ts: imports ../repositories/up.js, but repositories stands above context',
    ]);
  });

  it('refuses rooms of one row that know each other', () => {
    write('src/repositories/a.ts', "import '../audit/b.js';");

    expect(roomFindings(tree)).toEqual([
      'src/repositories/a.ts: imports ../audit/b.js, but audit stands beside repositories',
    ]);
  });

  it.each(['../index.js', '../testing/index.js', 'nestjs-rowguard'])(
    'refuses %s from inside',
    (door) => {
      write('src/cli/a.ts', `import '${door}';`);

      expect(roomFindings(tree)).toEqual([expect.stringContaining('front door')]);
    },
  );

  it('refuses what lies outside of src', () => {
    write('src/context/a.ts', "import '../../test/support/shop.js';");

    expect(roomFindings(tree)).toEqual([expect.stringContaining('outside of src')]);
  });

  it.each(['utils', 'helpers', 'common', 'core', 'lib', 'types'])(
    'refuses a folder named %s',
    (folder) => {
      write(`src/context/${folder}/a.ts`, 'export const a = 1;');

      expect(roomFindings(tree)).toEqual([expect.stringContaining(`named "${folder}"`)]);
    },
  );

  it('refuses a room that stands in no row', () => {
    write('src/attic/a.ts', 'export const a = 1;');

    expect(roomFindings(tree)).toEqual([expect.stringContaining('"attic" stands in no row')]);
  });

  it('counts the lines of a file', () => {
    write('src/context/fits.ts', '\n'.repeat(300));
    write('src/context/long.ts', '\n'.repeat(301));

    expect(roomFindings(tree)).toEqual([expect.stringContaining('src/context/long.ts: 301 lines')]);
  });

  it.each([
    ['typescript(no-floating-promises)', 'Promise.resolve(1).then((one) => one);\nexport {};'],
    ['typescript(no-explicit-any)', 'export const a = 1 as any;'],
    ['import(no-default-export)', 'export default 1;'],
    ['import(no-cycle)', "import { b } from './b.js';\nexport const a = () => b;"],
  ])('lets the linter refuse %s', (rule, text) => {
    write('src/a.ts', text);
    write('src/b.ts', "import { a } from './a.js';\nexport const b = () => a;");
    write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { module: 'nodenext', strict: true, types: [] } }),
    );

    const { stdout, status } = lint();

    expect(stdout).toContain(rule);
    expect(status).toBe(1);
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }

  function lint(): { status: number | null; stdout: string } {
    return spawnSync(
      process.execPath,
      [OXLINT, '--type-aware', '-c', resolve('.oxlintrc.json'), join(tree, 'src')],
      { encoding: 'utf8', cwd: tree },
    );
  }
});
