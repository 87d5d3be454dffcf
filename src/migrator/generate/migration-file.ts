import type { GeneratedMigration, WrittenStatement } from './generated-migration.js';

export type FileForm = 'ts' | 'esm' | 'cjs';

/** The text of a file that TypeORM loads. */
export function migrationFile(migration: GeneratedMigration, form: FileForm): string {
  const { className, transaction, up, down } = migration;
  const isTyped = form === 'ts';
  const head = isTyped
    ? `import type { MigrationInterface, QueryRunner } from 'typeorm';\n\nexport class ${className} implements MigrationInterface {`
    : `${form === 'esm' ? 'export' : 'module.exports ='} class ${className} {`;
  const way = (name: string, statements: readonly WrittenStatement[]) =>
    [
      `  async ${name}(runner${isTyped ? ': QueryRunner' : ''})${isTyped ? ': Promise<void>' : ''} {`,
      ...statements.map(callOf),
      '  }',
    ].join('\n');
  return [
    head,
    `  name = '${className}';`,
    ...(transaction ? [] : ['  transaction = false;']),
    '',
    way('up', up),
    '',
    way('down', down),
    form === 'cjs' ? '};' : '}',
    '',
  ].join('\n');
}

function callOf({ sql, parameters }: WrittenStatement): string {
  const more = parameters ? `, ${JSON.stringify(parameters)}` : '';
  return `    await runner.query(\`${escaped(sql)}\`${more});`;
}

function escaped(sql: string): string {
  return sql.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
}
