import type { DataSource, EntityManager } from 'typeorm';
import { runAsPurge } from '../../context/purge-work.js';
import { StatementRefusedError } from '../../errors/statement-refused.error.js';
import { liveFacts } from './live-references.js';
import { PurgeConditions } from './purge-conditions.js';
import { checkPurgeOptions } from './purge-input.js';
import { type RetentionSource, purgeTables } from './purge-plan.js';
import type { PurgeOptions, PurgeReport, PurgeSurvey } from './purge-report.js';
import { PurgeRun } from './purge-run.js';
import { tenantOf } from './purge-scope.js';
import { surveyed } from './purge-survey.js';

const REASON = 'purge of deleted rows';

/**
 * Deletes for good what was deleted softly longer ago than it is kept: in system work the rows of all
 * tenants, else those of the tenant in hand. It may be stopped, and started again, at any moment.
 */
export class SoftDeletePurge {
  constructor(private readonly source: DataSource & RetentionSource) {}

  async run(options: PurgeOptions = {}): Promise<PurgeReport> {
    checkPurgeOptions(options);
    const tenantId = tenantOf(options.tenantId);
    if (this.source.manager.queryRunner?.isTransactionActive) throw insideTransaction();
    const tables = purgeTables(this.source, options, tenantId);
    // The holds, and the rows of others that may refer to these, are not for a tenant to read.
    return runAsPurge(tenantId ? `${REASON} of one tenant` : REASON, async () => {
      const facts = await liveFacts(this.source, tables);
      const conditions = new PurgeConditions(tables, facts, tenantId);
      const run = new PurgeRun(this.source, conditions, options);
      const finished = options.dryRun ? true : await run.execute();
      const left = finished ? await this.survey(conditions) : [];
      return reportOf(conditions, run, left, { dryRun: options.dryRun ?? false, finished });
    });
  }

  private survey(conditions: PurgeConditions): Promise<PurgeSurvey[]> {
    return this.source.transaction('REPEATABLE READ', async (manager: EntityManager) => {
      await manager.query('SET TRANSACTION READ ONLY');
      return surveyed(manager, conditions);
    });
  }
}

function reportOf(
  { tables }: PurgeConditions,
  run: PurgeRun,
  left: readonly PurgeSurvey[],
  state: Pick<PurgeReport, 'dryRun' | 'finished'>,
): PurgeReport {
  const entities = tables.map(({ metadata, table, keepDays }, at) => ({
    entity: metadata.name,
    table,
    keepDays,
    purged: run.purgedOf(at),
    left: left[at],
  }));
  return { ...state, purged: entities.reduce((sum, one) => sum + one.purged, 0), entities };
}

function insideTransaction(): StatementRefusedError {
  return new StatementRefusedError({
    problem:
      'A purge was asked for inside a transaction, which would hold every row until its end, and all of them together',
    mend: 'Run it outside of transactions: each batch is one of its own',
  });
}
