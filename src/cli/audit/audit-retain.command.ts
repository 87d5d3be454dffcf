import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RetiredMonth, RetiringMonth } from '../../audit/retain/audit-retention.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { KEY_OPTIONS, PUBLIC_KEY_OPTION, publicKeysOf, sealKeyOf } from './key-files.js';
import { visitLog } from './visit-log.js';

export const auditRetain = defineCommand({
  name: 'audit:retain',
  summary: 'Drop months of the audit log that are older than you keep it',
  options: {
    months: { type: 'string', placeholder: '<24>', summary: 'How many months the log is kept' },
    'dry-run': { type: 'boolean', summary: 'Check everything, and drop nothing' },
    export: {
      type: 'string',
      placeholder: '<folder>',
      summary: 'Write each month into a file there first; its SHA-256 is sealed as the receipt',
    },
    ...KEY_OPTIONS,
    'public-key': PUBLIC_KEY_OPTION,
  },
  examples: [
    {
      line: 'rowguard audit:retain --months 24 --dry-run --key seal.pem --key-id 2026',
      says: 'See what would go',
    },
    {
      line: 'rowguard audit:retain --months 24 --export old --key seal.pem --key-id 2026',
      says: 'Keep the months as files, then drop them',
    },
  ],
  async run(context, given) {
    const { out, directory } = context;
    const months = monthsOf(given.months);
    const key = await sealKeyOf(given, directory);
    const publicKeys = await publicKeysOf(given['public-key'], directory);
    const folder = given.export;
    const { AuditRetention } = await import('../../audit/retain/audit-retention.js');
    const retired = await visitLog(context, (source) =>
      new AuditRetention(source, key).dropOlderThan(months, {
        dryRun: given['dry-run'],
        publicKeys,
        ...(folder === undefined
          ? {}
          : { keep: (month: RetiringMonth) => written(month, resolve(directory, folder)) }),
      }),
    );
    for (const month of retired) out.print(textOf(month));
    if (retired.length === 0) out.print('no month is that old');
    out.answer({ months: retired });
    return ExitCode.Ok;
  },
});

/** One row a line, as checkProof takes it. */
async function written(month: RetiringMonth, folder: string): Promise<string> {
  const name = `audit_logs_${month.month}.jsonl`;
  const digest = createHash('sha256');
  const file = await opened(resolve(folder, name));
  try {
    for await (const rows of month.read()) {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      digest.update(text);
      await file.write(text);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return `${name} sha256:${digest.digest('hex')}`;
}

/** Not over another: it may be all that is left of a month. */
function opened(path: string): Promise<FileHandle> {
  return open(path, 'wx').catch((cause: unknown) => {
    throw new UsageError({
      problem: `The file ${path} cannot be made`,
      mend: 'Name a folder that is there with --export; a file of the same name has to be moved away',
      cause,
    });
  });
}

function textOf({ month, rows, dropped, receipt }: RetiredMonth): string {
  return `${month}: ${rows} rows ${dropped ? 'dropped' : 'would be dropped'}${receipt ? `, kept as ${receipt}` : ''}`;
}

function monthsOf(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError({
    problem: 'It is not said how long the audit log is kept',
    mend: 'Give --months, a whole number from 1 on',
  });
}
