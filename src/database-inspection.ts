import { attestationRules, readAppFacts } from './database-preparation.js';
import { auditGuardOf, ownerGuardOf, ownerSql, schemaGuardOf } from './guards-of-source.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import type { Finding } from './schema/finding.js';
import { type LoginFacts, readLoginFacts } from './schema/login-facts.js';
import { loginFindings, systemLoginFindings } from './schema/login-findings.js';

/** A database as it stands, and everything that keeps it from isolating tenants. */
export interface DatabaseInspection {
  readonly database: string;
  readonly isEmbedded: boolean;
  readonly entityCount: number;
  /** The login of the application. */
  readonly application: LoginFacts;
  /** The login for system work and the schema; the same one where only one was given. */
  readonly owner: LoginFacts;
  readonly findings: readonly Finding[];
}

/** Without entities no table can be told from a stranger's, and nothing may be said about it. */
const NEEDS_ENTITIES = 'unclassified';

/** Runs in the scope of the owner, which RowguardDataSource.inspect opens; changes nothing. */
export async function inspectDatabase(source: RowguardDataSource): Promise<DatabaseInspection> {
  // First, and outside the transaction: the embedded engine has one session only.
  const application = await readAppFacts(source);
  return source.transaction('REPEATABLE READ', async () => {
    const sql = ownerSql(source);
    await sql('SET TRANSACTION READ ONLY');
    const owner = await readLoginFacts(sql);
    const [here] = await sql<{ name: string }>('select current_database()::text as name');
    const schema = await schemaGuardOf(source).examine();
    const audit = await auditGuardOf(source).findings();
    const owners = await ownerGuardOf(source).findings();
    const entityCount = source.entityMetadatas.length;
    return {
      database: here?.name ?? '',
      isEmbedded: source.plan.embedded !== undefined,
      entityCount,
      application,
      owner,
      findings: [
        ...loginFindings(application, attestationRules(source)),
        ...systemLoginFindings(owner),
        ...schema.filter((one) => entityCount > 0 || one.rule !== NEEDS_ENTITIES),
        ...audit,
        ...owners,
      ],
    };
  });
}
