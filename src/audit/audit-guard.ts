import { AUDIT_ROLE } from '../context/role-names.js';
import { AttestationError } from '../errors/attestation.error.js';
import type { Finding } from '../schema/finding.js';
import { ensureMonthlyPartitions, monthsFrom } from '../schema/monthly-partitions.js';
import { rolesByHand } from '../schema/roles.js';
import type { RunSql } from '../schema/sql.js';
import { auditFunctions } from './audit-functions.js';
import {
  REPLACED,
  accessFindings,
  functionFindings,
  schemaFinding,
  strayFunctionFinding,
  strayTriggerFindings,
  triggerFindings,
} from './audit-findings.js';
import type { AuditPlan } from './audit-plan.js';
import { captureFunction } from './capture-function.js';
import type { DatabaseFunction } from './database-function.js';
import { referenceFindings } from './orm/reference-findings.js';
import { rowFunction, rowFunctionName } from './orm/row-function.js';
import { type LiveAudit, type LiveAuditedTable, readLiveAudit } from './live-audit.js';

const LOG = 'audit_logs';
const LOG_RIGHTS = ['INSERT', 'SELECT', 'UPDATE'];
const TABLE_RIGHTS = ['SELECT'];
const MONTHS_AHEAD = 3;
const MOST_SHOWN = 5;

/** Holds what captures changes in the database against what the entities ask, and puts it right. */
export class AuditGuard {
  private readonly schemas: readonly string[];

  constructor(
    private readonly run: RunSql,
    private readonly plans: readonly AuditPlan[],
    private readonly logSchema: string,
    /** Tables whose entity is known here, audited or not. */
    private readonly known: readonly KnownTable[] = plans,
  ) {
    this.schemas = [...new Set([logSchema, ...plans.map((plan) => plan.schema)])];
  }

  /** Everything under which a change could leave no trace, two traces, or one that can be forged. */
  async findings(): Promise<Finding[]> {
    const live = await readLiveAudit(this.run, this.schemas);
    const log = tableOf(live, this.logSchema, LOG);
    if (!log) return [...this.allOf(live), ...this.withoutLog()];
    if (!live.roleExists) return [missingRole()];
    const captured = this.captured(live);
    const functions = [
      ...auditFunctions(this.logSchema),
      ...captured.map(([, , one]) => one),
      ...this.told(live),
    ];
    return [
      ...this.schemas.filter((one) => !live.usable.includes(one)).map(schemaFinding),
      ...functions.flatMap((one) => functionFindings(one, live.functions)),
      ...accessFindings(log, LOG_RIGHTS),
      ...captured.flatMap(([plan, table]) => [
        ...accessFindings(table, TABLE_RIGHTS),
        ...triggerFindings(plan, table),
      ]),
      ...this.strays(live, functions),
      ...(await referenceFindings(this.run, this.plans)),
    ];
  }

  /**
   * Runs the statements of every finding, and makes the partitions of the months to come. A writer that
   * is replaced is taken away only if asked for: an older version may still be running on it.
   */
  async mend(replacesWriters = true): Promise<number> {
    const statements = await this.mends(replacesWriters);
    for (const statement of statements) await this.run(statement);
    const made = (await this.hasLog())
      ? await ensureMonthlyPartitions(this.run, LOG, monthsFrom(new Date(), MONTHS_AHEAD))
      : [];
    return statements.length + made.length;
  }

  /** What mend would run, apart from the partitions. */
  async mends(replacesWriters = true): Promise<string[]> {
    return (await this.errors())
      .filter((finding) => replacesWriters || finding.rule !== REPLACED)
      .flatMap((finding) => finding.mend);
  }

  async attest(): Promise<void> {
    const findings = await this.errors();
    if (findings.length > 0) throw notAudited(findings);
  }

  /** What a person has to decide stays as it is. */
  private async errors(): Promise<Finding[]> {
    return (await this.findings()).filter((finding) => finding.severity === 'error');
  }

  private captured(live: LiveAudit): [AuditPlan, LiveAuditedTable, DatabaseFunction][] {
    return this.plans
      .filter((plan) => plan.capture === 'trigger')
      .flatMap((plan): [AuditPlan, LiveAuditedTable, DatabaseFunction][] => {
        const table = tableOf(live, plan.schema, plan.table);
        if (!table) return [];
        return [[plan, table, captureFunction(plan, table.columns, this.logSchema)]];
      });
  }

  /** What tells the application of the rows that it writes into the log itself. */
  private told(live: LiveAudit): DatabaseFunction[] {
    return this.plans
      .filter((plan) => plan.capture === 'orm')
      .flatMap((plan) => {
        const table = tableOf(live, plan.schema, plan.table);
        return table ? [rowFunction(plan, table.columns)] : [];
      });
  }

  /**
   * A table that another application audits, or another part of this one, is none of our business:
   * taking its triggers away would leave its changes without a trace.
   */
  private strays(live: LiveAudit, wanted: readonly DatabaseFunction[]): Finding[] {
    const known = live.tables.filter((table) => this.known.some((one) => isSame(one, table)));
    const planOf = (table: KnownTable) => this.plans.find((plan) => isSame(plan, table));
    const called = live.tables.flatMap((table) => table.triggers);
    const strangers = live.tables
      .filter((table) => !known.includes(table))
      .map(({ schema, table }) => ({ schema, table: rowFunctionName(table) }));
    const unwanted = live.functions.filter(
      (one) =>
        !wanted.some((plan) =>
          isSame({ ...plan, table: plan.name }, { ...one, table: one.name }),
        ) &&
        !called.some((trigger) => trigger.function === one.name) &&
        !strangers.some((other) => isSame(other, { ...one, table: one.name })),
    );
    return [
      ...known
        .filter((table) => planOf(table)?.capture !== 'trigger')
        .flatMap((table) => strayTriggerFindings(table, planOf(table) ? 'replaced' : 'unasked')),
      ...unwanted.map(strayFunctionFinding),
    ];
  }

  /** Without the table they could only fail, and every change with them. */
  private allOf(live: LiveAudit): Finding[] {
    return [
      ...live.tables.flatMap((table) => strayTriggerFindings(table, 'orphaned')),
      ...live.functions.map(strayFunctionFinding),
    ];
  }

  private withoutLog(): Finding[] {
    if (this.plans.length === 0) return [];
    return [
      {
        rule: 'audit-log-missing',
        severity: 'error',
        subject: `${this.logSchema}.${LOG}`,
        problem: 'entities are audited, and the table of the audit log does not exist',
        mend: [],
        advice:
          'Run the migrations, or let the module do it: migrate: "safe" with a login that may',
      },
    ];
  }

  private async hasLog(): Promise<boolean> {
    const [answer] = await this.run<{ known: boolean }>(
      `select to_regclass($1) is not null as known`,
      [`${JSON.stringify(this.logSchema)}.${LOG}`],
    );
    return answer?.known ?? false;
  }
}

export type KnownTable = Pick<AuditPlan, 'schema' | 'table'>;

function isSame(one: KnownTable, other: KnownTable): boolean {
  return one.schema === other.schema && one.table === other.table;
}

function tableOf(live: LiveAudit, schema: string, table: string): LiveAuditedTable | undefined {
  return live.tables.find((one) => one.schema === schema && one.table === table);
}

function missingRole(): Finding {
  return {
    rule: 'audit-role',
    severity: 'error',
    subject: `role ${AUDIT_ROLE}`,
    problem: `the server does not have the role ${AUDIT_ROLE}, which owns what writes the audit log`,
    mend: rolesByHand([AUDIT_ROLE]),
    advice: undefined,
  };
}

function notAudited(findings: readonly Finding[]): AttestationError {
  const shown = findings.slice(0, MOST_SHOWN).map((one) => `${one.subject}: ${one.problem}`);
  const more = findings.length > MOST_SHOWN ? ` and ${findings.length - MOST_SHOWN} more` : '';
  const statements = findings.flatMap((finding) => finding.mend).length;
  const advice = findings.find((one) => one.advice !== undefined)?.advice;
  return new AttestationError({
    problem: `Changes of audited rows would not be recorded as they should: ${shown.join('; ')}${more}`,
    mend:
      advice ??
      (statements > 0
        ? `Start once with migrate: 'safe' and a login that owns the tables, or run what npx rowguard doctor prints`
        : 'Run: npx rowguard doctor'),
    given: { findings: findings.length },
  });
}
