import { transformSync } from '@swc/core';
import type { MigrationInterface } from 'typeorm';

/** A migration in a TypeScript file, with every way to write a text. */
const SOURCE = `
export class AddOrders1700000000000 {
  private readonly table: string = 'orders';
  async up(runner: { query(sql: string, values?: unknown[]): Promise<unknown> }): Promise<void> {
    await runner.query(\`CREATE TABLE "orders" (
      "id" uuid NOT NULL,
      "state" text NOT NULL DEFAULT 'draft' -- as it begins
    )\`);
    await runner.query('CREATE INDEX "ix_orders" ON "' + this.table + '" ("state")');
    await runner.query("INSERT INTO kinds (name, n) VALUES ($1, $2)", ['it\\'s', 7]);
  }
}
`;

const NEWEST = { parser: { syntax: 'typescript' }, target: 'es2022' } as const;
const OLDEST = { parser: { syntax: 'typescript' }, target: 'es5' } as const;

/** The same file as different builds leave it. */
export const BUILDS: readonly (readonly [name: string, code: () => string])[] = [
  ['TypeScript with its types taken away', () => built(SOURCE, NEWEST, false)],
  ['a build for old engines', () => built(SOURCE, OLDEST, false)],
  ['a minified build', () => built(SOURCE, NEWEST, true)],
  ['a minified build for old engines', () => built(SOURCE, OLDEST, true)],
  [
    'a file with the line ends of Windows',
    () => built(SOURCE.replaceAll('\n', '\r\n'), NEWEST, false),
  ],
  ['another indentation', () => built(SOURCE.replaceAll(/^ +/gm, '\t\t'), NEWEST, false)],
];

export function loaded(code: string): MigrationInterface {
  const module = { exports: {} as Record<string, new () => MigrationInterface> };
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval
  new Function('module', 'exports', code)(module, module.exports);
  const [type] = Object.values(module.exports);
  if (!type) throw new Error('The build has no migration');
  return new type();
}

function built(source: string, jsc: typeof NEWEST | typeof OLDEST, minify: boolean): string {
  return transformSync(source, {
    jsc: { ...jsc, externalHelpers: false },
    module: { type: 'commonjs' },
    minify,
  }).code;
}
