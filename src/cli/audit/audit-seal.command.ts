import type { AuditSeals, SealingReport } from '../../audit/seal/audit-seals.js';
import { UsageError } from '../../errors/usage.error.js';
import { type CommandContext, defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { KEY_OPTIONS, sealKeyOf, writeText } from './key-files.js';
import { visitLog } from './visit-log.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

export const auditSeal = defineCommand({
  name: 'audit:seal',
  summary: 'Seal what is new in the audit log',
  options: {
    ...KEY_OPTIONS,
    every: {
      type: 'string',
      placeholder: '<5s>',
      summary: 'Go on until stopped, with this pause between two sealings',
    },
    anchor: {
      type: 'string',
      placeholder: '<file>',
      summary: 'Write the newest seal in short into this file, to be kept elsewhere',
    },
    'new-epoch': {
      type: 'boolean',
      summary: 'Once after a dump was restored into another server',
    },
  },
  examples: [
    { line: 'rowguard audit:seal --key seal.pem --key-id 2026', says: 'Seal once' },
    {
      line: 'rowguard audit:seal --every 5s --anchor anchor.json --key seal.pem --key-id 2026',
      says: 'Seal all the time, and keep the anchor',
    },
  ],
  async run(context, given) {
    const everyMs = given.every === undefined ? undefined : millisecondsOf(given.every);
    const key = await sealKeyOf(given, context.directory);
    const { AuditSeals } = await import('../../audit/seal/audit-seals.js');
    const told = (report: SealingReport) => tell(context, report, given.anchor);
    await visitLog(context, async (source) => {
      const seals = new AuditSeals(source, key);
      if (given['new-epoch']) await told(await seals.newEpoch());
      else if (everyMs === undefined) await told(await seals.seal());
      else await sealUntilStopped(context, seals, { everyMs, onSealed: told });
    });
    return ExitCode.Ok;
  },
});

async function sealUntilStopped(
  { out, signal }: CommandContext,
  seals: AuditSeals,
  options: { everyMs: number; onSealed: (report: SealingReport) => Promise<void> },
): Promise<void> {
  const { AuditSealer } = await import('../../audit/seal/audit-sealer.js');
  const onFailure = (error: unknown) => {
    // The connection of what was in hand is taken away by whoever stops the process.
    if (!signal.aborted) out.warn(`not sealed: ${(error as Error).message}`);
  };
  const sealer = new AuditSealer(seals, { ...options, onFailure });
  const stopped = new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  sealer.start();
  await stopped;
  await sealer.stop();
}

async function tell(
  { out, directory }: CommandContext,
  report: SealingReport,
  anchor: string | undefined,
): Promise<void> {
  const { head, seals, rows, busy } = report;
  if (anchor !== undefined && head) {
    await writeText(anchor, `${JSON.stringify(head)}\n`, directory);
  }
  out.answer(report);
  if (busy) out.print('another sealer is at work');
  else
    out.print(
      `${rows} rows in ${seals} seals; newest: ${head ? `${head.seq} ${head.hash}` : 'none'}`,
    );
}

function millisecondsOf(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const everyMs = Number(number) * UNITS[unit as keyof typeof UNITS];
  if (number !== undefined && everyMs >= 1) return everyMs;
  throw new UsageError({
    problem: `--every does not say how long (given: ${JSON.stringify(text.slice(0, 40))})`,
    mend: 'Write a number and its unit, such as 500ms, 5s or 1m',
  });
}
