import type { AuditErasureTarget } from '../../audit/erase/audit-erasure.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { visitLog } from './visit-log.js';

export const auditErase = defineCommand({
  name: 'audit:erase',
  summary: 'Take values out of the audit log for good; the seals still hold',
  options: {
    ids: {
      type: 'string',
      placeholder: '<id>',
      multiple: true,
      summary: 'Id of a row in audit_logs; may be given several times',
    },
    entity: {
      type: 'string',
      placeholder: '<name>',
      summary: 'Or all that there is about one row of this entity',
    },
    id: { type: 'string', placeholder: '<key>', summary: 'Primary key of that row' },
    tenant: { type: 'string', placeholder: '<uuid>', summary: 'Tenant of that row' },
    reason: { type: 'string', placeholder: '<text>', summary: 'Why; it is kept in the log' },
  },
  examples: [
    {
      line: 'rowguard audit:erase --entity User --id 0190… --reason "request of 3 May"',
      says: 'Erase what is remembered of a person',
    },
  ],
  async run(context, given) {
    const target = targetOf(given);
    if (given.reason === undefined) {
      throw new UsageError({
        problem: 'It is not said why values are to be erased',
        mend: 'Give --reason; it is kept in the log',
      });
    }
    const { reason } = given;
    const { AuditErasure } = await import('../../audit/erase/audit-erasure.js');
    const erased = await visitLog(context, (source) =>
      new AuditErasure(source).erase(target, reason),
    );
    context.out.print(`the values of ${erased} rows are erased`);
    context.out.answer({ erased });
    return ExitCode.Ok;
  },
});

interface Given {
  readonly ids: readonly string[];
  readonly entity: string | undefined;
  readonly id: string | undefined;
  readonly tenant: string | undefined;
}

function targetOf({ ids, entity, id, tenant }: Given): AuditErasureTarget {
  if (ids.length > 0 && entity === undefined && id === undefined) return ids;
  if (ids.length === 0 && entity !== undefined && id !== undefined) {
    return { entity, id, ...(tenant === undefined ? {} : { tenantId: tenant }) };
  }
  throw new UsageError({
    problem: 'It is not said what is to be erased',
    mend: 'Give either --ids, or --entity and --id',
  });
}
