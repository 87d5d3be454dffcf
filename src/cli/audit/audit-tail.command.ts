import { setTimeout as wait } from 'node:timers/promises';
import type { AuditQuestion } from '../../audit/history/log-question.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { changeData, changeText } from './change-text.js';
import { ACTOR_OPTION, ENTITY_OPTION, TENANT_OPTION, countOf, readLog } from './read-log.js';

const ROWS = 20;
const INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 600_000;

export const auditTail = defineCommand({
  name: 'audit:tail',
  summary: 'Show the newest changes, and with --follow those to come',
  options: {
    tenant: TENANT_OPTION,
    entity: ENTITY_OPTION,
    actor: ACTOR_OPTION,
    lines: {
      type: 'string',
      placeholder: '<n>',
      summary: `How many to begin with (default: ${ROWS})`,
    },
    follow: {
      type: 'boolean',
      short: 'f',
      summary: 'Go on with what is written, until it is stopped',
    },
    interval: {
      type: 'string',
      placeholder: '<ms>',
      summary: `How long to wait between two looks (default: ${INTERVAL_MS})`,
    },
  },
  examples: [
    { line: 'rowguard audit:tail --entity Invoice', says: 'The newest changes of invoices' },
    { line: 'rowguard audit:tail --follow', says: 'Everything, as it is committed' },
  ],
  async run(context, { tenant, entity, actor, lines, follow, interval }) {
    const { out } = context;
    if (follow && out.isJson) throw endless();
    const count = countOf('--lines', lines, ROWS);
    const pause = countOf('--interval', interval, INTERVAL_MS, LONGEST_INTERVAL_MS);
    const question: AuditQuestion = {
      ...(entity === undefined ? {} : { entity }),
      ...(actor === undefined ? {} : { actorId: actor }),
    };
    await readLog(context, tenant, async (source) => {
      const { AuditTail } = await import('../../audit/stream/audit-tail.js');
      const tail = new AuditTail(source, question);
      const newest = follow ? await tail.start(count) : await tail.newest(count);
      for (const change of newest) out.print(changeText(change));
      out.answer({ changes: newest.map(changeData) });
      if (!follow) return;
      // Ends when the frame closes the data source, on a signal.
      for (;;) {
        const found = await tail.next();
        for (const change of found) out.print(changeText(change));
        if (found.length === 0) await wait(pause);
      }
    });
    return ExitCode.Ok;
  },
});

function endless(): UsageError {
  return new UsageError({
    problem: '--json prints one object, and --follow never comes to its end',
    mend: 'Leave one of them out; audit:export writes JSON lines',
  });
}
