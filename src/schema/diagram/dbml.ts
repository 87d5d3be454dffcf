import {
  type Diagram,
  type DiagramColumn,
  type DiagramIndex,
  type DiagramReference,
  type DiagramTable,
  inOrder,
} from './diagram.js';

/** Database Markup Language, as dbdiagram.io and other tools read it; everything is in it. */
export function toDbml({ tables }: Diagram): string {
  const blocks = [
    ...tables.map(tableBlock),
    ...tables.flatMap((table) => table.references.map((one) => reference(tables, table, one))),
    ...groups(tables),
  ];
  return blocks.join('\n\n');
}

function tableBlock(table: DiagramTable): string {
  return [
    `Table ${nameOf(table)} {`,
    ...table.columns.map((column) => `  ${columnLine(table, column)}`),
    ...indexLines(table),
    `  Note: ${text(noteOf(table))}`,
    '}',
  ].join('\n');
}

function columnLine(table: DiagramTable, column: DiagramColumn): string {
  const settings = [
    ...(column.isPrimary && primaryOf(table).length === 1 ? ['pk'] : []),
    ...(column.isNullable ? [] : ['not null']),
    ...(column.default === null ? [] : [`default: ${expression(column.default)}`]),
    ...(column.choices === null ? [] : [`note: ${text(column.choices.join(' | '))}`]),
  ];
  const type = /^[\w]+(?:\([\d,]+\))?$/.test(column.type) ? column.type : `"${column.type}"`;
  return `"${column.name}" ${type}${settings.length > 0 ? ` [${settings.join(', ')}]` : ''}`;
}

function indexLines(table: DiagramTable): string[] {
  const primary = primaryOf(table);
  const lines = [
    ...(primary.length > 1 ? [`    ${columnList(primary)} [pk]`] : []),
    ...table.indexes.map((index) => `    ${indexLine(index)}`),
  ];
  return lines.length > 0 ? ['', '  indexes {', ...lines, '  }', ''] : [''];
}

function indexLine(index: DiagramIndex): string {
  const settings = [
    ...(index.isUnique ? ['unique'] : []),
    `name: ${text(index.name)}`,
    ...(index.where === null ? [] : [`note: ${text(`where ${index.where}`)}`]),
  ];
  return `${columnList(index.columns)} [${settings.join(', ')}]`;
}

function reference(
  tables: readonly DiagramTable[],
  table: DiagramTable,
  one: DiagramReference,
): string {
  const target = tables.find((other) => other.name === one.table);
  const kind = one.isUnique ? '-' : '>';
  const from = `${nameOf(table)}.${columnList(one.columns)}`;
  const to = `${target ? nameOf(target) : `"${one.table}"`}.${columnList(one.tableColumns)}`;
  return `Ref ${one.name}: ${from} ${kind} ${to} [delete: ${one.onDelete.toLowerCase()}]`;
}

function groups(tables: readonly DiagramTable[]): string[] {
  const domains = [...new Set(tables.flatMap((table) => table.domain ?? []))].toSorted(inOrder);
  return domains.map((domain) => {
    const own = tables.filter((table) => table.domain === domain);
    return [`TableGroup ${domain} {`, ...own.map((table) => `  ${nameOf(table)}`), '}'].join('\n');
  });
}

function noteOf(table: DiagramTable): string {
  const checks = table.checks.map((check) => check.expression);
  const what = table.isStub ? `${table.kind}, drawn elsewhere` : table.kind;
  return [what, ...checks].join('; ');
}

function primaryOf(table: DiagramTable): string[] {
  return table.columns.filter((column) => column.isPrimary).map((column) => column.name);
}

function columnList(columns: readonly string[]): string {
  return `(${columns.map((column) => `"${column}"`).join(', ')})`;
}

function nameOf(table: DiagramTable): string {
  return table.schema === null ? `"${table.name}"` : `"${table.schema}"."${table.name}"`;
}

function expression(sql: string): string {
  return `\`${sql.replaceAll('`', "'")}\``;
}

function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
