import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cli } from '../../support/cli-run.js';

const SHOP_FILE = join(process.cwd(), 'test/unit/cli/fixtures/shop-beside-identity.ts');

interface Drawn {
  readonly tables: readonly {
    readonly name: string;
    readonly kind: string;
    readonly domain: string | null;
    readonly isStub: boolean;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly references: readonly { readonly table: string; readonly columns: string[] }[];
  }[];
}

const draw = (...words: string[]) => cli(['schema:diagram', ...words]);
const drawn = async (...words: string[]): Promise<Drawn> =>
  JSON.parse((await draw('--format', 'json', ...words)).stdout) as Drawn;

describe('rowguard schema:diagram', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rowguard-diagram-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('draws a shipped domain without a data source file and without a database', async () => {
    const { exitCode, stdout } = await draw('--domain', 'identity');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^erDiagram\n/);
    expect(stdout).toContain('  memberships {\n    uuid tenant_id PK, FK\n    uuid id PK, FK\n');
    expect(stdout).toContain('text kind "owner | admin | member | guest"');
    expect(stdout).toContain('  memberships }o--|| users : "id"');
  });

  it('leaves what every table has out of the picture, and in the data', async () => {
    const { stdout } = await draw('--domain', 'identity');
    const { tables } = await drawn('--domain', 'identity');

    expect(stdout).not.toContain('deleted_at');
    expect(tables.find((one) => one.name === 'tenants')?.columns).toContainEqual(
      expect.objectContaining({ name: 'deleted_at', type: 'timestamptz(3)', isNullable: true }),
    );
  });

  it('gives a column another name where Mermaid would take it for the mark of a key', async () => {
    const { stdout } = await draw('--domain', 'platform');

    expect(stdout).toContain('jsonb pk_ "named pk"');
  });

  it('says the same at every run', async () => {
    for (const format of ['mermaid', 'dbml', 'json']) {
      const [one, other] = [await draw('--format', format), await draw('--format', format)];

      expect(one.stdout).toBe(other.stdout);
    }
  });

  it('draws the tables of an application with the shipped ones that they refer to as stubs', async () => {
    const { tables } = await drawn('-d', SHOP_FILE, '--domain', 'own');
    const everything = await drawn('-d', SHOP_FILE);

    expect(tables.map((one) => one.name)).toEqual([
      'categories',
      'countries',
      'customers',
      'folders',
      'invoice_labels',
      'invoices',
      'labels',
      'letters',
    ]);
    expect(tables.every((one) => one.domain === null && !one.isStub)).toBe(true);
    expect(tables.find((one) => one.name === 'invoice_labels')?.references).toEqual([
      expect.objectContaining({ table: 'invoices', columns: ['tenant_id', 'invoices_id'] }),
      expect.objectContaining({ table: 'labels', columns: ['tenant_id', 'labels_id'] }),
    ]);
    expect(everything.tables.map((one) => one.name)).toEqual(
      expect.arrayContaining(['memberships', 'tenants', 'users', 'customers']),
    );
  });

  it('draws in DBML, with indexes, deletion and choices', async () => {
    const { stdout } = await draw('--format', 'dbml', '-d', SHOP_FILE);

    expect(stdout).toContain('Table "invoices" {');
    expect(stdout).toContain(
      `("tenant_id", "number") [unique, name: 'ix_invoices_tenant_id_number_active', note: 'where "deleted_at" IS NULL']`,
    );
    expect(stdout).toContain(
      'Ref fk_invoices_tenant_id_customer_id: "invoices".("tenant_id", "customer_id") > "customers".("tenant_id", "id") [delete: no action]',
    );
    expect(stdout).toContain(`note: 'active | suspended | closed'`);
    expect(stdout).toMatch(/TableGroup identity \{\n(?:  "\w+"\n)*  "users"\n/);
  });

  it('writes a file, and checks with 3 whether it still holds', async () => {
    const file = join(directory, 'identity.mmd');
    const words = ['--domain', 'identity', '--out', file];

    const missing = await draw(...words, '--check');
    const written = await draw(...words);
    const current = await draw(...words, '--check');
    writeFileSync(file, readFileSync(file, 'utf8').replace('jsonb', 'json'));
    const stale = await draw(...words, '--check', '--json');

    expect(missing.exitCode).toBe(3);
    expect(written).toMatchObject({ exitCode: 0, stdout: `${file}: written\n` });
    expect(current).toMatchObject({ exitCode: 0, stdout: `${file}: up to date\n` });
    expect(stale.exitCode).toBe(3);
    expect(JSON.parse(stale.stdout)).toMatchObject({
      ok: false,
      data: { format: 'mermaid', domain: 'identity', tables: expect.any(Number), isCurrent: false },
      findings: [{ rule: 'diagram-stale', subject: file }],
    });
  });

  it('answers as JSON with the drawing inside', async () => {
    const { stdout } = await draw('--json', '--domain', 'identity');

    expect(JSON.parse(stdout)).toMatchObject({
      command: 'schema:diagram',
      ok: true,
      data: { format: 'mermaid', diagram: expect.stringMatching(/^erDiagram\n/) },
    });
  });

  it.each([
    [['--format', 'dmbl'], 'Did you mean dbml?'],
    [['--domain', 'identiti'], 'Did you mean identity?'],
    [['--check'], 'Name the file with --out'],
    [['-d', SHOP_FILE, '--domain', 'billing'], 'has no tables of the domain billing'],
    [['--out', join(process.cwd(), 'no', 'such', 'folder')], 'in a folder that exists'],
    [['--out', process.cwd()], 'can be neither read nor written'],
  ])('ends with 2 and says what was meant: %j', async (words, says) => {
    const { exitCode, stdout, stderr } = await draw(...words);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
  });
});
