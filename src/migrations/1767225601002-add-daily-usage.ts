import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AttestationError } from '../errors/attestation.error.js';
import { quoteName } from '../schema/sql.js';

const SYSTEM_ROLE = 'rowguard_system';

const DAILY_USAGE_TOTALS = [
  `CREATE MATERIALIZED VIEW "daily_usage_totals" AS
     SELECT "tenant_id", ("occurred_at" AT TIME ZONE 'UTC')::date AS "day", "metric",
       sum("quantity") AS "quantity", count(*) AS "events"
     FROM "usage_events" GROUP BY 1, 2, 3`,
  'CREATE UNIQUE INDEX "ix_daily_usage_totals" ON "daily_usage_totals" ("tenant_id", "day", "metric")',
  'REVOKE ALL ON "daily_usage_totals" FROM PUBLIC, rowguard_app',
];

/**
 * A materialized view cannot have policies. It belongs to the role that sees all tenants, and so
 * does this view over it, which holds the condition that a policy would.
 */
const DAILY_USAGE = `CREATE VIEW "daily_usage" WITH (security_barrier = true) AS
  SELECT "tenant_id", "day", "metric", "quantity", "events" FROM "daily_usage_totals"
  WHERE "tenant_id" = (SELECT nullif(current_setting('rowguard.tenant_id', true), '')::uuid)`;

/** What TypeORM cannot express: a materialized view that is kept apart, and a view over it. */
export class AddDailyUsage1767225601002 implements MigrationInterface {
  name = 'AddDailyUsage1767225601002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...DAILY_USAGE_TOTALS, DAILY_USAGE]) await runner.query(statement);
    await handToSystem(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP VIEW "daily_usage"',
      'DROP MATERIALIZED VIEW "daily_usage_totals"',
    ]) {
      await runner.query(statement);
    }
  }
}

interface Place {
  readonly schema: string;
  readonly database: string;
  readonly mayCreate: boolean;
  readonly mayUseTemporary: boolean;
}

async function handToSystem(runner: QueryRunner): Promise<void> {
  const before = await placeOf(runner);
  const schema = `SCHEMA ${quoteName(before.schema)}`;
  // An owner has to be allowed to create in the schema, at the moment it becomes the owner.
  if (!before.mayCreate) await runner.query(`GRANT CREATE ON ${schema} TO ${SYSTEM_ROLE}`);
  // A refresh that does not block readers compares in a temporary table.
  await runner.query(`GRANT TEMPORARY ON DATABASE ${quoteName(before.database)} TO ${SYSTEM_ROLE}`);
  refuseUnlessGranted(await placeOf(runner));
  await runner.query(`ALTER MATERIALIZED VIEW "daily_usage_totals" OWNER TO ${SYSTEM_ROLE}`);
  await runner.query(`ALTER VIEW "daily_usage" OWNER TO ${SYSTEM_ROLE}`);
  if (!before.mayCreate) await runner.query(`REVOKE CREATE ON ${schema} FROM ${SYSTEM_ROLE}`);
}

async function placeOf(runner: QueryRunner): Promise<Place> {
  const [place] = (await runner.query(
    `select current_schema()::text as schema, current_database()::text as database,
       has_schema_privilege('${SYSTEM_ROLE}', current_schema(), 'CREATE') as "mayCreate",
       has_database_privilege('${SYSTEM_ROLE}', current_database(), 'TEMPORARY') as "mayUseTemporary"`,
  )) as Place[];
  return place as Place;
}

function refuseUnlessGranted(place: Place): void {
  if (place.mayCreate && place.mayUseTemporary) return;
  throw new AttestationError({
    problem: `The login that runs the migrations may not give ${SYSTEM_ROLE} what the daily usage needs`,
    mend: `As the owner of the database run: GRANT CREATE ON SCHEMA ${quoteName(place.schema)} TO ${SYSTEM_ROLE}; GRANT TEMPORARY ON DATABASE ${quoteName(place.database)} TO ${SYSTEM_ROLE}`,
  });
}
