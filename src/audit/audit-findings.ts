import { AUDIT_ROLE } from '../context/role-names.js';
import type { Finding } from '../schema/finding.js';
import { quoteName } from '../schema/sql.js';
import { qualified } from '../schema/table-plan.js';
import type { AuditPlan } from './audit-plan.js';
import {
  CAPTURE_TRIGGERS,
  type CaptureTrigger,
  createTrigger,
  dropTrigger,
} from './capture-triggers.js';
import { captureName } from './capture-function.js';
import {
  type DatabaseFunction,
  createFunction,
  dropFunction,
  qualifiedFunction,
  settingsOf,
} from './database-function.js';
import type { LiveAuditFunction, LiveAuditedTable, LiveTrigger } from './live-audit.js';

/** As ColumnCapture begins the pair of a column. */
const COLUMN_LABEL = /'("(?:[^"\\]|\\.)*"):'/g;
/** A writer that is to go: whoever still relies on it would leave no trace from then on. */
export const REPLACED = 'audit-replaced';
const READING_POLICY = 'rowguard_audit_access';

/** What the role of the audit log needs on a table: all rows, past the tenants' policies. */
export function accessFindings(live: LiveAuditedTable, wanted: readonly string[]): Finding[] {
  const table = qualified(live);
  const lacking = wanted.filter((right) => !live.rights.includes(right));
  const surplus = live.rights.filter((right) => !wanted.includes(right));
  const findings: Finding[] = [];
  if (lacking.length > 0 || surplus.length > 0) {
    findings.push(
      finding('audit-grants', live, `the rights of ${AUDIT_ROLE} are not ${wanted.join(', ')}`, [
        `REVOKE ALL ON ${table} FROM ${AUDIT_ROLE}`,
        `GRANT ${wanted.join(', ')} ON ${table} TO ${AUDIT_ROLE}`,
      ]),
    );
  }
  if (!live.policies.includes(READING_POLICY)) {
    findings.push(
      finding('audit-policy', live, `${AUDIT_ROLE} does not see the rows of all tenants`, [
        `CREATE POLICY ${READING_POLICY} ON ${table} FOR ALL TO ${AUDIT_ROLE} USING (true) WITH CHECK (true)`,
      ]),
    );
  }
  return findings;
}

export function functionFindings(
  planned: DatabaseFunction,
  live: readonly LiveAuditFunction[],
): Finding[] {
  const found = live.find((one) => one.schema === planned.schema && one.name === planned.name);
  if (found && isAsPlanned(planned, found)) return [];
  const problem = found ? whatDiffers(planned, found) : 'is missing';
  return [
    {
      ...finding(
        'audit-function',
        undefined,
        `the function ${planned.name} ${problem}`,
        createFunction(planned),
      ),
      subject: qualifiedFunction(planned),
    },
  ];
}

/** A column that came or went since is worth its name. */
function whatDiffers(planned: DatabaseFunction, live: LiveAuditFunction): string {
  const [now, then] = [recordedBy(planned.body), recordedBy(live.body)];
  const unseen = now.filter((name) => !then.includes(name));
  const gone = then.filter((name) => !now.includes(name));
  const parts = [
    unseen.length > 0 ? `does not record ${unseen.join(', ')}` : '',
    gone.length > 0 ? `asks for ${gone.join(', ')}, which is not there or not to be recorded` : '',
  ].filter(Boolean);
  return parts.join(' and ') || 'is not the one that was made';
}

function recordedBy(body: string): string[] {
  const labels = body.matchAll(COLUMN_LABEL);
  return [
    ...new Set(
      [...labels].map(([, name]) => (JSON.parse(name ?? '""') as string).replaceAll("''", "'")),
    ),
  ];
}

function isAsPlanned(planned: DatabaseFunction, live: LiveAuditFunction): boolean {
  const callers = live.callableBy.toSorted().join();
  return (
    live.body === planned.body &&
    live.isDefiner &&
    live.owner === AUDIT_ROLE &&
    live.settings.join() === settingsOf(planned).join() &&
    callers === planned.callableBy.toSorted().join()
  );
}

export function triggerFindings(plan: AuditPlan, live: LiveAuditedTable): Finding[] {
  return CAPTURE_TRIGGERS.flatMap((planned) => {
    const found = live.triggers.find((one) => one.name === planned.name);
    if (found && isTheTrigger(plan, planned, found)) return [];
    const problem = found
      ? found.isEnabled
        ? 'is not the one that was made'
        : 'is switched off'
      : 'is missing';
    return [
      finding(
        'audit-trigger',
        live,
        `the trigger ${planned.name} ${problem}: changes would leave no trace`,
        createTrigger(plan, planned),
      ),
    ];
  });
}

function isTheTrigger(plan: AuditPlan, planned: CaptureTrigger, live: LiveTrigger): boolean {
  const rows = [
    planned.oldRows ? `OLD TABLE AS ${planned.oldRows} ` : '',
    planned.newRows ? `NEW TABLE AS ${planned.newRows} ` : '',
  ].join('');
  return (
    live.isEnabled &&
    live.function === captureName(plan.table) &&
    live.functionSchema === plan.schema &&
    live.definition.includes(` ${planned.timing} ${planned.event} ON `) &&
    live.definition.includes(
      ` ${rows ? `REFERENCING ${rows}` : ''}FOR EACH STATEMENT EXECUTE FUNCTION `,
    )
  );
}

/**
 * Beside another writer each change would be in the log twice. Where nobody asks for a log any more,
 * a person decides whether its writer goes.
 */
const STRAYS = {
  replaced: {
    rule: REPLACED,
    severity: 'error',
    problem: 'captures a table that no trigger is to capture',
    advice:
      "Stop every version of the application that relies on the trigger, then start once with migrate: 'all'",
  },
  orphaned: {
    rule: 'audit-stray',
    severity: 'error',
    problem: 'captures a table, and there is no audit log',
    advice: undefined,
  },
  unasked: {
    rule: 'audit-stray',
    severity: 'warning',
    problem: 'captures a table whose entity is not audited',
    advice: undefined,
  },
} as const;

export function strayTriggerFindings(live: LiveAuditedTable, kind: keyof typeof STRAYS): Finding[] {
  const { rule, problem, ...rest } = STRAYS[kind];
  return live.triggers.map(({ name }) => ({
    ...finding(rule, live, `the trigger ${name} ${problem}`, [dropTrigger(live, name)]),
    ...rest,
  }));
}

export function strayFunctionFinding(live: LiveAuditFunction): Finding {
  return {
    ...finding(
      'audit-stray',
      undefined,
      `the function ${live.name} belongs to no table that is captured by trigger`,
      [dropFunction(live)],
    ),
    subject: qualifiedFunction(live),
  };
}

export function schemaFinding(schema: string): Finding {
  const name = quoteName(schema);
  return {
    ...finding('audit-schema', undefined, `${AUDIT_ROLE} may not use the schema`, [
      `GRANT USAGE ON SCHEMA ${name} TO ${AUDIT_ROLE}`,
    ]),
    subject: `schema ${schema}`,
  };
}

function finding(
  rule: string,
  live: LiveAuditedTable | undefined,
  problem: string,
  mend: string[],
): Finding {
  const subject = live ? `${live.schema}.${live.table}` : '';
  return { rule, severity: 'error', subject, problem, mend, advice: undefined };
}
