import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { quoteName } from '../schema/sql.js';
import { APPEND_FUNCTION } from './audit-functions.js';
import { AuditStatement } from './audit-statement.js';
import type { AuditedSource } from './audited-source.js';
import { AuditedTable, type AuditKey } from './history/audited-table.js';

/** The row that a note is about. */
export interface AuditSubject {
  readonly entity: EntityTarget<ObjectLiteral>;
  readonly id: AuditKey;
}

const LONGEST_ACTION = 200;
const LONGEST_REASON = 500;
const MOST_BYTES = 16_384;
const MOST_ROWS = 1_000;

/**
 * Writes into the audit log what no change of a row tells. In the transaction of the work in hand:
 * what is undone leaves no note.
 */
export class Audit {
  private readonly source: AuditedSource;

  constructor(source: DataSource) {
    this.source = source as AuditedSource;
  }

  /** Something was done: a report was sent, a login was refused. */
  async note(
    action: string,
    details: Readonly<Record<string, unknown>> = {},
    about?: AuditSubject,
  ): Promise<void> {
    const entry = {
      op: 'note',
      action: checkedText('action', action, LONGEST_ACTION),
      meta: checkedDetails(details),
    };
    if (about === undefined) return this.append(entry);
    if (typeof about !== 'object' || about === null) throw noSubject();
    return this.appendAbout(entry, about.entity, [about.id]);
  }

  /** Somebody has seen these rows. One statement, however many they are. */
  async read(
    entity: EntityTarget<ObjectLiteral>,
    ids: AuditKey | readonly AuditKey[],
    why?: string,
  ): Promise<void> {
    const all = Array.isArray(ids) ? (ids as readonly AuditKey[]) : [ids as AuditKey];
    if (all.length > MOST_ROWS) throw tooMany(all.length);
    const meta = why === undefined ? {} : { why: checkedText('why', why, LONGEST_REASON) };
    if (all.length > 0) await this.appendAbout({ op: 'read', meta }, entity, all);
  }

  private async append(entry: object): Promise<void> {
    const statement = new AuditStatement(this.source.manager);
    const rows = `jsonb_build_array(CAST(${statement.bind(JSON.stringify(entry))} AS jsonb))`;
    await statement.send(`SELECT ${this.appendFunction}(${rows})`);
  }

  private async appendAbout(
    entry: object,
    entity: EntityTarget<ObjectLiteral>,
    ids: readonly AuditKey[],
  ): Promise<void> {
    const table = AuditedTable.of(this.source, entity);
    const { metadata, tenantColumn } = table;
    const keys = ids.map((id) => table.rowOf(table.wholeKey(id)));
    const statement = new AuditStatement(this.source.manager);
    const shared = JSON.stringify({
      ...entry,
      schemaName: table.schema,
      tableName: table.table,
      entity: metadata.name,
    });
    const owner = tenantColumn ? `asked.${quoteName(tenantColumn.databaseName)}` : 'NULL';
    const row = `CAST(${statement.bind(shared)} AS jsonb) || jsonb_build_object('pk', ${table.keyOf('asked')}, 'tenantId', ${owner})`;
    const rows = `jsonb_populate_recordset(CAST(NULL AS ${table.place}), CAST(${statement.bind(JSON.stringify(keys))} AS jsonb))`;
    await statement.send(`SELECT ${this.appendFunction}(jsonb_agg(${row})) FROM ${rows} asked`);
  }

  private get appendFunction(): string {
    return `${quoteName(this.source.schemaName)}.${APPEND_FUNCTION}`;
  }
}

function checkedText(name: string, value: unknown, longest: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= longest) {
    if (!value.includes('\0')) return value;
  }
  throw new InvalidInputError({
    problem: `${name} is no text of 1 to ${longest} characters`,
    mend: 'Say in a few words what was done; what belongs to it goes into the details',
  });
}

function checkedDetails(details: unknown): object {
  if (typeof details !== 'object' || details === null || Array.isArray(details)) {
    throw badDetails('they are no object');
  }
  const text = asJson(details);
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw badDetails('a text in them holds a nul byte');
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES)
    throw badDetails(`they have ${bytes} bytes, and ${MOST_BYTES} is the most`);
  return JSON.parse(text) as object;
}

function asJson(details: object): string {
  try {
    return JSON.stringify(details);
  } catch (cause) {
    throw badDetails('they are no JSON', cause);
  }
}

function badDetails(why: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `The details of a note cannot be kept: ${why}`,
    mend: 'Pass a small object of plain values; keep what is large where it is, and note its id',
    ...(cause === undefined ? {} : { cause }),
  });
}

function noSubject(): InvalidInputError {
  return new InvalidInputError({
    problem: 'What the note is about is no object',
    mend: 'Pass { entity, id }, or nothing',
  });
}

function tooMany(count: number): InvalidInputError {
  return new InvalidInputError({
    problem: `${count} rows were read at once, and ${MOST_ROWS} is the most for one call`,
    mend: 'Call it once for each part',
    given: { rows: count },
  });
}
