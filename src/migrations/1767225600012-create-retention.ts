import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATEMENTS = [
  `CREATE TABLE "retention_holds" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "tenant_id" uuid,
      "table_name" text,
      "row_id" text,
      "reason" text NOT NULL,
      "placed_by" text NOT NULL,
      "placed_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "lifted_at" TIMESTAMP(3) WITH TIME ZONE,
      "lifted_by" text,
      CONSTRAINT "pk_retention_holds" PRIMARY KEY ("id")
    )`,
  `CREATE INDEX "ix_retention_holds_row_id_active" ON "retention_holds"  ("row_id") WHERE "lifted_at" IS NULL`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateRetention1767225600012 implements MigrationInterface {
  name = 'CreateRetention1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "retention_holds"');
  }
}
