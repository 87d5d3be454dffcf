import type { AuditQuestion } from '../../audit/history/log-question.js';
import type { AuditFormat } from '../../audit/stream/audit-export.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { suggestion } from '../suggestion.js';
import { ENTITY_OPTION, TENANT_OPTION, readLog, timeOf } from './read-log.js';
import { writeWhole } from './whole-file.js';

const FORMATS: readonly AuditFormat[] = ['jsonl', 'csv'];

export const auditExport = defineCommand({
  name: 'audit:export',
  summary: 'Write the audit log of a time as JSON lines or CSV, oldest first',
  options: {
    from: { type: 'string', placeholder: '<time>', summary: 'From this time on (default: all)' },
    to: { type: 'string', placeholder: '<time>', summary: 'Before this time (default: now)' },
    tenant: TENANT_OPTION,
    entity: ENTITY_OPTION,
    format: {
      type: 'string',
      placeholder: '<jsonl|csv>',
      summary: 'What to write (default: jsonl)',
    },
    out: { type: 'string', placeholder: '<file>', summary: 'Write it into this file' },
  },
  examples: [
    {
      line: 'rowguard audit:export --from 2026-01-01 --to 2026-02-01 --out january.jsonl',
      says: 'One month, of all tenants',
    },
    {
      line: 'rowguard audit:export --format csv | gzip > log.csv.gz',
      says: 'Everything, piped on',
    },
  ],
  async run(context, given) {
    const { out, directory } = context;
    const format = formatOf(given.format);
    const [from, to] = [timeOf('--from', given.from), timeOf('--to', given.to)];
    if (out.isJson && given.out === undefined) throw twoAnswers();
    const question: AuditQuestion = {
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(given.entity === undefined ? {} : { entity: given.entity }),
    };
    const rows = await readLog(context, given.tenant, async (source) => {
      const { AuditExport } = await import('../../audit/stream/audit-export.js');
      const log = new AuditExport(source);
      if (given.out === undefined) return log.run(question, format, (text) => out.pour(text));
      return writeWhole(given.out, directory, (write) => log.run(question, format, write));
    });
    out.answer({ rows, format, file: given.out ?? null });
    if (given.out === undefined) out.progress(`${rows} rows`);
    else out.print(`${given.out}: ${rows} rows`);
    return ExitCode.Ok;
  },
});

function formatOf(given: string | undefined): AuditFormat {
  const format = FORMATS.find((one) => one === (given ?? 'jsonl'));
  if (format) return format;
  const near = suggestion(given ?? '', FORMATS);
  throw new UsageError({
    problem: `The format ${JSON.stringify(given)} is not known`,
    mend: `${near ? `Did you mean ${near}? ` : ''}There are ${FORMATS.join(', ')}`,
  });
}

function twoAnswers(): UsageError {
  return new UsageError({
    problem: '--json prints one object, and the rows would be printed beside it',
    mend: 'Name a file for the rows with --out, or leave --json out',
  });
}
