import type { Diagram, DiagramColumn, DiagramReference, DiagramTable } from './diagram.js';

/** Mermaid takes these for its marks of keys, and knows no quotes around the name of a column. */
const WORDS = /^(?:pk|fk|uk)$/i;

/**
 * An entity-relationship diagram for Markdown. A picture for people: the columns that every table
 * has are left out, and so are indexes and checks. DBML and JSON have them all.
 */
export function toMermaid({ tables }: Diagram): string {
  return [
    'erDiagram',
    ...tables.flatMap(entity),
    ...tables.flatMap((table) => table.references.map((one) => relationship(table, one))),
  ].join('\n');
}

function entity(table: DiagramTable): string[] {
  const columns = table.columns.filter((column) => !column.isHousekeeping);
  return [`  ${quoted(table.name)} {`, ...columns.map(attribute), '  }'];
}

function attribute(column: DiagramColumn): string {
  const keys = [column.isPrimary ? 'PK' : '', column.isReference ? 'FK' : ''].filter(Boolean);
  const says = [
    WORDS.test(column.name) ? `named ${column.name}` : '',
    column.isNullable ? 'or null' : '',
    column.choices?.join(' | ') ?? '',
  ];
  const comment = says.filter(Boolean).join(', ');
  return [
    `    ${typeName(column.type)} ${column.name}${WORDS.test(column.name) ? '_' : ''}`,
    ...(keys.length > 0 ? [keys.join(', ')] : []),
    ...(comment === '' ? [] : [`"${comment.replaceAll('"', "'")}"`]),
  ].join(' ');
}

/** Mermaid takes no commas or spaces in a type, so sizes of two parts are left out. */
function typeName(type: string): string {
  return type.replace(/\(\d+,\d+\)/, '').replaceAll(' ', '_');
}

function relationship(table: DiagramTable, reference: DiagramReference): string {
  const many = reference.isUnique ? '|o' : '}o';
  const one = reference.isOptional ? 'o|' : '||';
  const label = reference.columns.filter((column) => column !== 'tenant_id').join(', ');
  return `  ${quoted(table.name)} ${many}--${one} ${quoted(reference.table)} : "${label || 'tenant_id'}"`;
}

function quoted(name: string): string {
  return /^[a-z_]\w*$/i.test(name) ? name : `"${name}"`;
}
