import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findDataSourceFile, loadDataSource } from '../../../src/cli/data-source-file.js';
import { cli } from '../../support/cli-run.js';

describe('the data source file', () => {
  let directory: string;
  const FIXTURES = join(process.cwd(), 'test/unit/cli/fixtures');
  const fixture = (name: string) => loadDataSource(join(FIXTURES, name));

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rowguard-cli-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is looked for in dist first, then beside the package', () => {
    expect(findDataSourceFile(undefined, directory)).toBeUndefined();
    writeFileSync(join(directory, 'data-source.js'), '');
    expect(findDataSourceFile(undefined, directory)).toBe(join(directory, 'data-source.js'));
    mkdirSync(join(directory, 'dist'));
    writeFileSync(join(directory, 'dist/data-source.js'), '');
    expect(findDataSourceFile(undefined, directory)).toBe(join(directory, 'dist/data-source.js'));
  });

  it('has to exist where it is named', async () => {
    const { exitCode, stderr } = await cli(['doctor', '-d', 'nowhere.js'], { directory });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('nowhere.js does not exist');
    expect(stderr).toContain('ROWGUARD_DATA_SOURCE_FILE');
  });

  it('may export the same data source under two names', async () => {
    await expect(fixture('two-names.ts')).resolves.toMatchObject({ isInitialized: false });
  });

  it.each([
    ['two-sources.ts', 'exports 2 data sources'],
    ['plain-source.ts', 'made by other means'],
    ['nothing.ts', 'exports no data source'],
    ['throwing.ts', 'cannot be loaded: no configuration'],
  ])('is refused otherwise: %s', async (name, says) => {
    await expect(fixture(name)).rejects.toMatchObject({
      code: 'ROWGUARD_DATA_SOURCE_FILE',
      message: expect.stringContaining(says),
    });
  });

  it('is not needed where the environment names a database', async () => {
    const environment = { DATABASE_URL: 'postgresql://app:hidden@127.0.0.1:1/shop' };
    const { exitCode, stdout, stderr } = await cli(['doctor'], { directory, environment });

    expect(exitCode).toBe(7);
    expect(stdout).toBe('');
    expect(stderr).toContain('[ROWGUARD_DATABASE_UNAVAILABLE]');
    expect(stderr).toContain('url (DATABASE_URL)');
    expect(stderr).not.toContain('hidden');
  });

  it('is asked for where nothing names one', async () => {
    const { exitCode, stderr } = await cli(['doctor'], { directory });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('No database is known');
  });

  it('and the environment are checked before anything is connected', async () => {
    const environment = { DATABASE_URL: 'mysql://root:hidden@localhost/shop' };
    const { exitCode, stderr } = await cli(['doctor'], { directory, environment });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('[ROWGUARD_OPTIONS_INVALID]');
    expect(stderr).not.toContain('hidden');
  });
});
