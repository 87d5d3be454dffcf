import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { FileForm } from './migration-file.js';

export const TEMPLATE_NAMES = [
  'empty',
  'tenant-table',
  'index',
  'backfill',
  'enum',
  'not-null',
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

interface Template {
  readonly transaction: boolean;
  readonly imports?: readonly string[];
  readonly up: readonly string[];
  readonly down: readonly string[];
}

const ISOLATED = (setting: string) => `tenant_id = (SELECT ${setting})`;
const SETTING = `nullif(current_setting('rowguard.tenant_id', true), '')::uuid`;
const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE';

const TENANT_TABLE = [
  `CREATE TABLE things (
      tenant_id uuid NOT NULL DEFAULT rowguard_tenant_id(),
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now(),
      deleted_at timestamptz(3),
      deleted_by text,
      delete_batch uuid,
      delete_reason text,
      version integer NOT NULL DEFAULT 1,
      name text NOT NULL,
      CONSTRAINT pk_things PRIMARY KEY (tenant_id, id)
    )`,
  `CREATE INDEX ix_things_deleted_at ON things (deleted_at) WHERE deleted_at IS NOT NULL`,
  `CREATE INDEX ix_things_tenant_id_delete_batch ON things (tenant_id, delete_batch) WHERE delete_batch IS NOT NULL`,
  `CREATE UNIQUE INDEX ix_things_tenant_id_name_active ON things (tenant_id, name) WHERE deleted_at IS NULL`,
  'ALTER TABLE things ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE things FORCE ROW LEVEL SECURITY',
  ...policy('things_tenant_isolation', 'PERMISSIVE', 'rowguard_app', ISOLATED(SETTING)),
  ...policy('things_tenant_guard', 'RESTRICTIVE', 'rowguard_app', ISOLATED(SETTING)),
  ...policy('things_system_access', 'PERMISSIVE', 'rowguard_system', 'true'),
  'REVOKE ALL ON things FROM PUBLIC, rowguard_app, rowguard_system',
  `GRANT ${RIGHTS} ON things TO rowguard_app, rowguard_system`,
];

const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  empty: { transaction: true, up: [], down: [] },
  'tenant-table': { transaction: true, up: sql(TENANT_TABLE), down: sql(['DROP TABLE things']) },
  index: {
    transaction: false,
    up: sql(['CREATE INDEX CONCURRENTLY ix_things_name ON things (tenant_id, name)']),
    down: sql(['DROP INDEX CONCURRENTLY ix_things_name']),
  },
  backfill: {
    transaction: false,
    imports: ["import { backfill } from 'nestjs-rowguard';"],
    up: [
      '// Batch by batch, each in a transaction of its own; a run that was stopped goes on where it was.',
      'await backfill(runner, {',
      "  table: 'things',",
      "  set: 'name = lower(name)',",
      "  where: 'name <> lower(name)',",
      '  batch: 1_000,',
      '  pauseMs: 50,',
      '});',
    ],
    down: ['// What was there before is gone: write here what brings it back, if anything can.'],
  },
  enum: {
    transaction: true,
    up: [
      '// The new value can be used from the next migration on, not in this transaction.',
      ...sql([`ALTER TYPE things_kind_enum ADD VALUE IF NOT EXISTS 'other'`]),
    ],
    down: ['// PostgreSQL takes no value out of an enum again: it stays, and nobody writes it.'],
  },
  'not-null': {
    transaction: false,
    up: [
      '// New rows are held to it at once; then the old ones are looked at, while everybody goes on.',
      ...sql([
        'ALTER TABLE things ADD CONSTRAINT things_name_is_there CHECK (name IS NOT NULL) NOT VALID',
        'ALTER TABLE things VALIDATE CONSTRAINT things_name_is_there',
        'ALTER TABLE things ALTER COLUMN name SET NOT NULL',
        'ALTER TABLE things DROP CONSTRAINT things_name_is_there',
      ]),
    ],
    down: sql(['ALTER TABLE things ALTER COLUMN name DROP NOT NULL']),
  },
};

/** A migration to be filled in, in the form in which it stops nobody. */
export function templateFile(
  template: string | undefined,
  className: string,
  form: FileForm,
): string {
  const name = TEMPLATE_NAMES.find((one) => one === (template ?? 'empty'));
  if (!name) throw noTemplate(template ?? '');
  const { transaction, imports = [], up, down } = TEMPLATES[name];
  const isTyped = form === 'ts';
  const type = "import type { MigrationInterface, QueryRunner } from 'typeorm';";
  const needed = form === 'cjs' ? imports.map(asRequire) : imports;
  const head = [...needed, ...(isTyped ? [type] : [])];
  const opening = isTyped
    ? `export class ${className} implements MigrationInterface {`
    : `${form === 'esm' ? 'export' : 'module.exports ='} class ${className} {`;
  return [
    ...head,
    ...(head.length > 0 ? [''] : []),
    opening,
    `  name = '${className}';`,
    ...(transaction ? [] : ['  transaction = false;']),
    '',
    ...method('up', up, isTyped),
    '',
    ...method('down', down, isTyped),
    form === 'cjs' ? '};' : '}',
    '',
  ].join('\n');
}

function method(name: string, lines: readonly string[], isTyped: boolean): string[] {
  const isUsed = lines.some((line) => line.includes('runner'));
  const argument = isUsed ? 'runner' : '_runner';
  const types = isTyped ? [`${argument}: QueryRunner`, ': Promise<void>'] : [argument, ''];
  return [
    `  async ${name}(${types[0]})${types[1]} {`,
    ...lines.map((line) => `    ${line}`),
    '  }',
  ];
}

function policy(name: string, kind: string, role: string, predicate: string): string[] {
  return [
    `CREATE POLICY ${name} ON things AS ${kind} FOR ALL TO ${role} USING (${predicate}) WITH CHECK (${predicate})`,
  ];
}

function sql(statements: readonly string[]): string[] {
  return statements.map((one) => `await runner.query(\`${one}\`);`);
}

function asRequire(line: string): string {
  return line.replace(/^import (\{.*\}) from ('.*');$/, 'const $1 = require($2);');
}

function noTemplate(name: string): InvalidInputError {
  return new InvalidInputError({
    problem: `There is no template ${JSON.stringify(name)}`,
    mend: `Write one of ${TEMPLATE_NAMES.join(', ')}`,
  });
}
