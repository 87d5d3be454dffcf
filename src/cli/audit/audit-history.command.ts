import type { AuditKey } from '../../audit/history/audited-table.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { changeData, changeText } from './change-text.js';
import { TENANT_OPTION, countOf, readLog, requireEntity } from './read-log.js';

const ROWS = 50;

export const auditHistory = defineCommand({
  name: 'audit:history',
  summary: 'Show what happened to one row, newest first',
  options: {
    entity: { type: 'string', placeholder: '<name>', summary: 'The entity of the row' },
    id: {
      type: 'string',
      placeholder: '<id>',
      summary: 'Its id; a key of several parts as a JSON object',
    },
    tenant: TENANT_OPTION,
    limit: {
      type: 'string',
      placeholder: '<n>',
      summary: `Most changes to show (default: ${ROWS})`,
    },
    after: {
      type: 'string',
      placeholder: '<cursor>',
      summary: 'Go on where the output before ended',
    },
  },
  examples: [
    {
      line: 'rowguard audit:history --entity Invoice --id 0190a000-0000-7000-8000-000000000001',
      says: 'All that happened to one invoice',
    },
  ],
  async run(context, { entity, id, tenant, limit, after }) {
    const key = keyOf(id);
    const options = { limit: countOf('--limit', limit, ROWS), ...(after ? { after } : {}) };
    const { items, next } = await readLog(context, tenant, async (source) => {
      const { AuditHistory } = await import('../../audit/history/audit-history.js');
      return new AuditHistory(source).of(requireEntity(source, entity), key, options);
    });
    const { out } = context;
    out.print(items.length > 0 ? items.map(changeText).join('\n') : 'nothing is known of it');
    if (next !== undefined) out.print(`more: --after ${next}`);
    out.answer({ changes: items.map(changeData), next: next ?? null });
    return ExitCode.Ok;
  },
});

function keyOf(id: string | undefined): AuditKey {
  if (id === undefined) throw badKey('No row is named');
  if (!id.startsWith('{')) return id;
  try {
    return JSON.parse(id) as AuditKey;
  } catch (cause) {
    throw badKey('--id is no JSON object', cause);
  }
}

function badKey(problem: string, cause?: unknown): UsageError {
  return new UsageError({
    problem,
    mend: `Write --id <id>, or --id '{"first": 1, "second": 2}'`,
    ...(cause === undefined ? {} : { cause }),
  });
}
