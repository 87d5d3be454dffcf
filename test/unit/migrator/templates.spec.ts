import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { TEMPLATE_NAMES } from '../../../src/migrator/generate/templates.js';
import { cli } from '../../support/cli-run.js';
import { ProjectFolder } from '../../support/migrations/project-folder.js';

describe('migration:create', () => {
  let folder: ProjectFolder;
  const create = (...words: string[]) =>
    cli(['migration:create', ...words], { directory: folder.path });

  beforeAll(() => {
    folder = new ProjectFolder();
  });
  afterAll(() => folder.remove());

  it('writes each template as a class that the compiler takes without a complaint', async () => {
    for (const name of TEMPLATE_NAMES) {
      const ran = await create(`all/${name}`, '--template', name, '-t', '1800000000000');
      expect({ name, exitCode: ran.exitCode }).toEqual({ name, exitCode: ExitCode.Ok });
    }
    const files = readdirSync(join(folder.path, 'all')).map((file) => `all/${file}`);
    const complaints = folder.complaints(files).filter((one) => !one.includes("'nestjs-rowguard'"));
    expect(files).toHaveLength(TEMPLATE_NAMES.length);
    expect(complaints).toEqual([]);
  }, 60_000);

  it.each([
    [[], 'export class AddThings1800000000000 implements MigrationInterface {'],
    [['-o'], 'module.exports = class AddThings1800000000000 {'],
    [['-o', '--esm'], 'export class AddThings1800000000000 {'],
  ])('writes it in the form of %j', async (flags, opening) => {
    const at = `form${flags.length}/add-things`;
    await create(at, ...flags, '-t', '1800000000000');
    const ending = flags.length === 0 ? 'ts' : 'js';
    const text = readFileSync(
      join(folder.path, `form${flags.length}/1800000000000-add-things.${ending}`),
      'utf8',
    );
    expect(text).toContain(opening);
  });

  it.each([
    ['a template that there is not', ['x/a', '--template', 'nothing'], 'ROWGUARD_INPUT_INVALID'],
    ['no path', [], 'ROWGUARD_USAGE'],
    ['two paths', ['x/a', 'x/b'], 'ROWGUARD_USAGE'],
    ['a name that is no class', ['x/1-2'], 'ROWGUARD_INPUT_INVALID'],
    ['a timestamp that is none', ['x/a', '-t', 'soon'], 'ROWGUARD_INPUT_INVALID'],
  ])('refuses %s', async (_, words, code) => {
    const { stderr, exitCode } = await create(...words);
    expect(stderr).toContain(code);
    expect(exitCode).not.toBe(ExitCode.Ok);
  });
});
