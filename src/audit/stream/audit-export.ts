import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { TransactionHost } from '../../context/tenant-context.js';
import { AuditStatement } from '../audit-statement.js';
import type { AuditedSource } from '../audited-source.js';
import { type AuditQuestion, conditionsOf } from '../history/log-question.js';
import { csvLine } from './csv-line.js';

export const AUDIT_FORMATS = ['jsonl', 'csv'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

const ROWS_AT_ONCE = 1_000;
const AT = `to_char(log.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at`;
const NAMES =
  'id at tx tenant_id op source actor_type actor_id on_behalf_of request_id trace_id schema_name table_name entity action pk diff meta'.split(
    ' ',
  );

type Row = Readonly<Record<string, string | null>>;

/** Writes stretches of the log out as they are stored, every digit of them. */
export class AuditExport {
  private readonly source: AuditedSource;

  constructor(source: DataSource) {
    this.source = source as AuditedSource;
  }

  /**
   * Oldest first, a thousand rows at a time, all of one moment: what is written meanwhile waits for
   * the next export. Answers how many rows there were.
   */
  run(
    question: AuditQuestion,
    format: AuditFormat,
    write: (text: string) => Promise<void> | void,
  ): Promise<number> {
    const host = this.source as unknown as TransactionHost;
    return host.joinTransaction(
      async () => {
        const cursor = `rowguard_${randomUUID().replaceAll('-', '')}`;
        await this.open(cursor, question, format);
        if (format === 'csv') await write(csvLine(NAMES));
        return this.drain(cursor, format, write);
      },
      { isolation: 'REPEATABLE READ' },
    );
  }

  private async open(cursor: string, question: AuditQuestion, format: AuditFormat): Promise<void> {
    const statement = new AuditStatement(this.source.manager);
    const columns = NAMES.map((name) => columnOf(name, format)).join(', ');
    const where = conditionsOf(this.source, statement, question);
    const rows = `SELECT ${columns} FROM audit_logs log WHERE ${where} ORDER BY log.at, log.id`;
    const text =
      format === 'csv' ? rows : `SELECT row_to_json(log)::text AS line FROM (${rows}) log`;
    await statement.send(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${text}`);
  }

  private async drain(
    cursor: string,
    format: AuditFormat,
    write: (text: string) => Promise<void> | void,
  ): Promise<number> {
    let count = 0;
    for (;;) {
      const statement = new AuditStatement(this.source.manager);
      const rows = await statement.send<Row>(`FETCH ${ROWS_AT_ONCE} FROM ${cursor}`);
      count += rows.length;
      if (rows.length > 0) await write(rows.map((row) => lineOf(row, format)).join(''));
      if (rows.length < ROWS_AT_ONCE) return count;
    }
  }
}

/** As text for tables; with its own type for JSON. The number of a transaction has no type there. */
function columnOf(name: string, format: AuditFormat): string {
  if (name === 'at') return AT;
  return format === 'csv' || name === 'tx' ? `log.${name}::text AS ${name}` : `log.${name}`;
}

function lineOf(row: Row, format: AuditFormat): string {
  return format === 'csv' ? csvLine(NAMES.map((name) => row[name] ?? '')) : `${row['line']}\n`;
}
