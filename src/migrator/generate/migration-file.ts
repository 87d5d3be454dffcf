import type { GeneratedMigration, WrittenStatement } from './generated-migration.js';

export type FileForm = 'ts' | 'esm' | 'cjs';

/** The text of a file that TypeORM loads. */
export function migrationFile(
  migration: GeneratedMigration,
  form: FileForm,
  isPretty = false,
): string {
  const { className, transaction, up, down } = migration;
  const isTyped = form === 'ts';
  const head = isTyped
    ? `import type { MigrationInterface, QueryRunner } from 'typeorm';\n\nexport class ${className} implements MigrationInterface {`
    : `${form === 'esm' ? 'export' : 'module.exports ='} class ${className} {`;
  const way = (name: string, statements: readonly WrittenStatement[]) =>
    [
      `  async ${name}(runner${isTyped ? ': QueryRunner' : ''})${isTyped ? ': Promise<void>' : ''} {`,
      ...statements.map((one) => callOf(isPretty ? { ...one, sql: overLines(one.sql) } : one)),
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

const PARTS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^'"(),]+/g;

/** Each column of a new table on a line of its own; what stands in quotes stays as it is. */
function overLines(sql: string): string {
  if (!sql.startsWith('CREATE TABLE ')) return sql;
  let depth = 0;
  return sql.replaceAll(PARTS, (part) => {
    if (part === '(') return ++depth === 1 ? '(\n      ' : part;
    if (part === ')') return --depth === 0 ? '\n    )' : part;
    return part === ',' && depth === 1 ? ',\n     ' : part;
  });
}

function escaped(sql: string): string {
  return sql.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
}
