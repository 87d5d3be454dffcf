import { UsageError } from '../../errors/usage.error.js';
import { requireEntity } from '../audit/read-log.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { TENANT_OPTION, requireUuid, visitDeleted } from './visit-deleted.js';

export const deletedRestore = defineCommand({
  name: 'deleted:restore',
  summary: 'Bring back what one act deleted, all of it and nothing else',
  options: {
    batch: { type: 'string', placeholder: '<id>', summary: 'The act, as deleted:list shows it' },
    entity: { type: 'string', placeholder: '<name>', summary: 'Or the entity of one of its rows' },
    id: { type: 'string', placeholder: '<id>', summary: 'And the id of that row' },
    tenant: TENANT_OPTION,
    'with-parents': {
      type: 'boolean',
      summary: 'Also what these rows cannot live without, and was deleted before',
    },
  },
  examples: [
    {
      line: 'rowguard deleted:restore --batch 0190a000-0000-7000-8000-000000000001',
      says: 'Undo one act',
    },
    {
      line: 'rowguard deleted:restore --entity Invoice --id 0190a000-0000-7000-8000-000000000002',
      says: 'Bring back an invoice, with what went with it',
    },
  ],
  async run(context, { batch, entity, id, tenant, 'with-parents': withParents }) {
    const isRow = entity !== undefined && id !== undefined;
    if ((batch === undefined) === !isRow || (batch !== undefined && (entity ?? id) !== undefined)) {
      throw nothingNamed();
    }
    if (batch !== undefined) requireUuid('--batch', batch);
    const counts = await visitDeleted(context, tenant, async (source) => {
      const { DeletedRows } = await import('../../soft-delete/deleted-rows.js');
      const deleted = new DeletedRows(source);
      const options = { withParents };
      const restored =
        batch === undefined
          ? await deleted.restoreRow(requireEntity(source, entity), id ?? '', options)
          : await deleted.restore(batch, options);
      return restored.counts;
    });
    for (const [name, rows] of Object.entries(counts))
      context.out.print(`${rows} ${name} restored`);
    context.out.answer({ restored: counts });
    return ExitCode.Ok;
  },
});

function nothingNamed(): UsageError {
  return new UsageError({
    problem: 'It is not said what is to be restored',
    mend: 'Give either --batch, or --entity and --id',
  });
}
