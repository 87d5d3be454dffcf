import type { DeletedAct } from '../../soft-delete/deleted-rows.js';
import { countOf, requireEntity } from '../audit/read-log.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { TENANT_OPTION, requireUuid, visitDeleted } from './visit-deleted.js';

const ACTS = 50;

export const deletedList = defineCommand({
  name: 'deleted:list',
  summary: 'Show what was deleted and can be restored, act by act, newest first',
  options: {
    tenant: TENANT_OPTION,
    entity: { type: 'string', placeholder: '<name>', summary: 'Only rows of this entity' },
    batch: { type: 'string', placeholder: '<id>', summary: 'Only this act' },
    limit: {
      type: 'string',
      placeholder: '<n>',
      summary: `Most acts to show (default: ${ACTS})`,
    },
    after: {
      type: 'string',
      placeholder: '<cursor>',
      summary: 'Go on where the output before ended',
    },
  },
  examples: [
    { line: 'rowguard deleted:list --limit 10', says: 'The ten newest acts' },
    { line: 'rowguard deleted:list --entity Invoice', says: 'Acts that deleted invoices' },
  ],
  async run(context, { tenant, entity, batch, limit, after }) {
    const count = countOf('--limit', limit, ACTS);
    if (batch !== undefined) requireUuid('--batch', batch);
    const { items, next } = await visitDeleted(context, tenant, async (source) => {
      const { DeletedRows } = await import('../../soft-delete/deleted-rows.js');
      return new DeletedRows(source).acts({
        limit: count,
        ...(entity === undefined ? {} : { entity: requireEntity(source, entity) }),
        ...(batch === undefined ? {} : { batch }),
        ...(after === undefined ? {} : { after }),
      });
    });
    const { out } = context;
    out.print(items.length > 0 ? items.map(actText).join('\n') : 'nothing is deleted');
    if (next !== undefined) out.print(`more: --after ${next}`);
    out.answer({ acts: items, next: next ?? null });
    return ExitCode.Ok;
  },
});

function actText({ batch, tenantId, at, by, reason, rows }: DeletedAct): string {
  const counts = Object.entries(rows).map(([entity, count]) => `${count} ${entity}`);
  return [
    at.toISOString(),
    batch === null ? 'no act' : `batch ${batch}`,
    counts.join(', '),
    ...(by === null ? [] : [`by ${by}`]),
    ...(tenantId === null ? [] : [`tenant ${tenantId}`]),
    ...(reason === null ? [] : [JSON.stringify(reason)]),
  ].join('  ');
}
