import type { PurgedEntity, PurgeReport } from '../../soft-delete/purge/purge-report.js';
import { UsageError } from '../../errors/usage.error.js';
import { requireEntity } from '../audit/read-log.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { TENANT_OPTION, visitDeleted } from './visit-deleted.js';

export const deletedPurge = defineCommand({
  name: 'deleted:purge',
  summary: 'Delete for good what was deleted longer ago than it is kept',
  options: {
    'older-than': {
      type: 'string',
      placeholder: '<30d>',
      summary: 'For entities that do not say themselves how long they keep it',
    },
    entity: {
      type: 'string',
      placeholder: '<name>',
      multiple: true,
      summary: 'Only rows of this entity; may be given several times',
    },
    tenant: TENANT_OPTION,
    'dry-run': { type: 'boolean', summary: 'Count what would go, and write nothing' },
    yes: { type: 'boolean', summary: 'Really do it', onlyFlag: true },
  },
  examples: [
    { line: 'rowguard deleted:purge --dry-run', says: 'See what would go, and what is kept' },
    { line: 'rowguard deleted:purge --older-than 90d --yes', says: 'Let it go' },
  ],
  async run(context, given) {
    const { out, signal } = context;
    const days = daysOf(given['older-than']);
    const dryRun = given['dry-run'];
    if (!dryRun && !given.yes) {
      out.warn(
        'nothing was deleted: what a purge takes cannot be restored. Look with --dry-run, then give --yes',
      );
      return ExitCode.Blocked;
    }
    const report = await visitDeleted(context, given.tenant, async (source) => {
      const { SoftDeletePurge } = await import('../../soft-delete/purge/soft-delete-purge.js');
      return new SoftDeletePurge(source).run({
        dryRun,
        signal,
        onProgress: ({ entity, purged }) => out.progress(`${entity}: ${purged}`),
        ...(days === undefined ? {} : { olderThan: { days } }),
        ...(given.entity.length === 0
          ? {}
          : { entities: given.entity.map((name) => requireEntity(source, name)) }),
      });
    });
    for (const line of linesOf(report)) out.print(line);
    out.answer(report);
    return ExitCode.Ok;
  },
});

function linesOf({ entities, purged, dryRun, finished }: PurgeReport): string[] {
  if (entities.length === 0) {
    return ['no entity says how long deleted rows are kept; say it with --older-than'];
  }
  const found = entities.filter((one) => one.purged + due(one) > 0);
  const end = finished ? '' : ' (stopped before the end)';
  const total = dryRun ? 'nothing was deleted: this was a dry run' : `${purged} rows purged${end}`;
  return [...found.map((one) => lineOf(one, dryRun)), total];
}

function lineOf(one: PurgedEntity, dryRun: boolean): string {
  const { entity, keepDays, purged, left } = one;
  const keptBy = left?.keptBy.map(({ referencedBy, rows }) => `${rows} by ${referencedBy}`) ?? [];
  return [
    `${entity} (kept for ${keepDays} days):`,
    dryRun ? `${left?.purgeable ?? 0} would go` : `${purged} purged`,
    ...(left && left.held > 0 ? [`${left.held} held`] : []),
    ...(left && left.kept > 0 ? [`${left.kept} still referred to (${keptBy.join(', ')})`] : []),
    ...(left?.oldest ? [`oldest ${left.oldest.toISOString()}`] : []),
  ].join('  ');
}

function due({ left }: PurgedEntity): number {
  return left ? left.purgeable + left.held + left.kept : 0;
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}d$/.test(text)) return Number(text.slice(0, -1));
  throw new UsageError({
    problem: `--older-than is no number of days (given: ${JSON.stringify(text.slice(0, 40))})`,
    mend: 'Write 30d',
  });
}
