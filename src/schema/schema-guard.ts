import type { EntityMetadata } from 'typeorm';
import { APP_ROLE } from '../context/role-names.js';
import { TENANT_FUNCTION } from '../entities/base-columns.js';
import { AttestationError } from '../errors/attestation.error.js';
import type { Finding } from './finding.js';
import { isolationFindings } from './isolation-findings.js';
import {
  readDefinerFunctions,
  readLiveTables,
  tenantsMayCreateTemporaryTables,
} from './live-catalog.js';
import { createTenantFunction, dropPolicy, policiesOf } from './policies.js';
import { type PolicyForms, policyForms } from './policy-form.js';
import { reachableSchemas, schemaFindings } from './schema-findings.js';
import { type RunSql, quoteName } from './sql.js';
import { structureFindings } from './structure-findings.js';
import { type TablePlan, tablePlans } from './table-plan.js';

const MOST_SHOWN = 5;
const POLICY_RULES = /^(?:row-security|policy-)/;

export type FindingsOf = (run: RunSql) => Promise<Finding[]>;

/** Holds the live schema against what the entities ask of it, and mends what can be mended. */
export class SchemaGuard {
  private readonly plans: readonly TablePlan[];
  private readonly schemas: readonly string[];

  constructor(
    private readonly run: RunSql,
    metadatas: readonly EntityMetadata[],
    private readonly defaultSchema: string,
    private readonly internalTables: readonly string[],
    private readonly withPolicies = true,
    private readonly forms: PolicyForms = policyForms(defaultSchema, 'plain'),
    private readonly needed: readonly FindingsOf[] = [],
  ) {
    this.plans = tablePlans(metadatas, defaultSchema);
    this.schemas = [...new Set([defaultSchema, ...this.plans.map((plan) => plan.schema)])];
  }

  /** Creates what the tables themselves need; before they are created. */
  async prepare(): Promise<void> {
    if (!(await this.hasTenantFunction())) await this.run(createTenantFunction(this.defaultSchema));
    for (const { mend } of await this.bindingFindings())
      for (const statement of mend) await this.run(statement);
  }

  /** Row-level security, policies, defaults and grants that are missing or have drifted. */
  async isolation(): Promise<Finding[]> {
    const live = await readLiveTables(this.run, this.schemas);
    const tables = this.plans.flatMap((plan) =>
      isolationFindings(
        plan,
        live.find((table) => table.schema === plan.schema && table.table === plan.table),
        this.forms,
      ),
    );
    const findings = [
      ...(await schemaFindings(this.run, this.schemas)),
      ...(await this.functionFindings()),
      ...(await this.bindingFindings()),
      ...tables,
    ];
    return this.withPolicies ? findings : findings.filter((one) => !POLICY_RULES.test(one.rule));
  }

  /** Everything that the doctor reports. */
  async examine(): Promise<Finding[]> {
    const reachable = [...new Set([...this.schemas, ...(await reachableSchemas(this.run))])];
    const everything = await readLiveTables(this.run, reachable);
    const tables = everything.filter(
      (live) => this.schemas.includes(live.schema) || live.rights.length > 0,
    );
    const structure = structureFindings(this.plans, {
      tables,
      functions: await readDefinerFunctions(this.run, reachable),
      temporaryTables: await tenantsMayCreateTemporaryTables(this.run),
      internal: this.internalTables,
    });
    return [...(await this.isolation()), ...structure];
  }

  /** Runs the statements of every finding that has some. */
  async mend(): Promise<number> {
    const statements = (await this.isolation()).flatMap((finding) => finding.mend);
    for (const statement of new Set(statements)) await this.run(statement);
    return statements.length;
  }

  /** Drops the policies whose condition reads other tables: without one, nobody sees a row. */
  async release(): Promise<void> {
    for (const plan of this.plans.filter((one) => one.visible !== undefined)) {
      const forTenants = policiesOf(plan).filter((one) => one.role === APP_ROLE);
      for (const one of forTenants) await this.run(dropPolicy(plan, one));
    }
  }

  /** First of all findings: the defaults of the tables call it. */
  private async functionFindings(): Promise<Finding[]> {
    const isNeeded = this.plans.some((plan) => plan.class === 'tenant' && !plan.isView);
    if (!isNeeded || (await this.hasTenantFunction())) return [];
    return [
      {
        rule: 'tenant-function',
        severity: 'error',
        subject: `${this.defaultSchema}.${TENANT_FUNCTION}`,
        problem: 'the function that says which tenant is in hand does not exist',
        mend: [createTenantFunction(this.defaultSchema)],
        advice: undefined,
      },
    ];
  }

  private async hasTenantFunction(): Promise<boolean> {
    const [answer] = await this.run<{ known: boolean }>(
      'select to_regprocedure($1) is not null as known',
      [`${quoteName(this.defaultSchema)}.${TENANT_FUNCTION}()`],
    );
    return answer?.known ?? false;
  }

  private async bindingFindings(): Promise<Finding[]> {
    return (await Promise.all(this.needed.map((look) => look(this.run)))).flat();
  }

  async attest(): Promise<void> {
    const findings = (await this.isolation()).filter((finding) => finding.severity === 'error');
    if (findings.length > 0) throw notIsolated(findings);
  }
}

function notIsolated(findings: readonly Finding[]): AttestationError {
  const shown = findings.slice(0, MOST_SHOWN).map((one) => `${one.subject}: ${one.problem}`);
  const more = findings.length > MOST_SHOWN ? ` and ${findings.length - MOST_SHOWN} more` : '';
  const statements = [...new Set(findings.flatMap((finding) => finding.mend))];
  const advice = findings.flatMap((finding) => finding.advice ?? []);
  return new AttestationError({
    problem: `The database would not isolate tenants: ${shown.join('; ')}${more}`,
    mend:
      statements.length > 0
        ? `As the owner of the tables run (or start once with migrate: 'safe' and DATABASE_ADMIN_URL): ${statements.join('; ')}`
        : (advice[0] ?? 'Run: npx rowguard doctor'),
    given: { findings: findings.length },
  });
}
