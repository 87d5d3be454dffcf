import { describe, expect, it } from '@jest/globals';
import { withoutRebuiltColumns } from '../../../src/migrator/generate/column-changes.js';
import { withoutNeedlessRebuilds } from '../../../src/migrator/generate/needless-rebuilds.js';
import { StepSorter } from '../../../src/migrator/generate/step-sorter.js';

const sort = (...steps: [up: string, down: string][]) =>
  new StepSorter((table) => [`SECURE ${table}`]).sortOut(steps.map(([up, down]) => ({ up, down })));
const ups = (...steps: [up: string, down: string][]) =>
  sort(...steps).steps.flatMap(({ stage, up }) => up.map(({ sql }) => `${stage}: ${sql}`));

describe('a difference is sorted', () => {
  it('leaves everything of a new table as it is, with what secures it', () => {
    expect(
      ups(
        ['CREATE TABLE "a" ("id" uuid)', 'DROP TABLE "a"'],
        ['CREATE INDEX "i" ON "a"  ("id") ', 'DROP INDEX "public"."i"'],
        [
          'ALTER TABLE "a" ADD CONSTRAINT "c" CHECK (id IS NOT NULL)',
          'ALTER TABLE "a" DROP CONSTRAINT "c"',
        ],
      ),
    ).toEqual([
      'tables: CREATE TABLE "a" ("id" uuid)',
      'tables: SECURE "a"',
      'tables: CREATE INDEX "i" ON "a"  ("id")',
      'tables: ALTER TABLE "a" ADD CONSTRAINT "c" CHECK (id IS NOT NULL)',
    ]);
  });

  it('builds an index, and drops one, while everybody goes on', () => {
    expect(
      ups(
        ['CREATE UNIQUE INDEX "i" ON "s"."a" ("id") WHERE x', 'DROP INDEX "s"."i"'],
        ['DROP INDEX "s"."j"', 'CREATE INDEX "j" ON "s"."a" ("id") '],
      ),
    ).toEqual([
      'indexes: CREATE UNIQUE INDEX CONCURRENTLY "i" ON "s"."a" ("id") WHERE x',
      'indexes: DROP INDEX CONCURRENTLY "s"."j"',
    ]);
  });

  it('drops an index of a column that goes together with it', () => {
    expect(
      ups(
        ['DROP INDEX "public"."j"', 'CREATE INDEX "j" ON "a" ("b") '],
        ['ALTER TABLE "a" DROP COLUMN "b"', 'ALTER TABLE "a" ADD "b" text'],
      ),
    ).toEqual(['tables: DROP INDEX "public"."j"', 'tables: ALTER TABLE "a" DROP COLUMN "b"']);
  });

  it('adds a unique constraint by way of an index', () => {
    expect(
      ups([
        'ALTER TABLE "s"."a" ADD CONSTRAINT "u" UNIQUE ("x", "y")',
        'ALTER TABLE "s"."a" DROP CONSTRAINT "u"',
      ]),
    ).toEqual([
      'indexes: CREATE UNIQUE INDEX CONCURRENTLY "u" ON "s"."a" ("x", "y")',
      'constraints: ALTER TABLE "s"."a" ADD CONSTRAINT "u" UNIQUE USING INDEX "u"',
    ]);
  });

  it('adds a foreign key for new rows first, and looks at the old ones later', () => {
    const { steps } = sort([
      'ALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "b"("id")',
      '',
    ]);
    expect(
      steps.map(({ stage, up, down }) => [stage, up[0]?.sql, down.map(({ sql }) => sql)]),
    ).toEqual([
      [
        'constraints',
        'ALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "b"("id") NOT VALID',
        ['ALTER TABLE "a" DROP CONSTRAINT "f"'],
      ],
      [
        'validation',
        'ALTER TABLE "a" VALIDATE CONSTRAINT "f"',
        [
          'ALTER TABLE "a" DROP CONSTRAINT "f"',
          'ALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "b"("id") NOT VALID',
        ],
      ],
    ]);
  });

  it('refuses a column that the rows have no value for', () => {
    const { refused } = sort([
      'ALTER TABLE "a" ADD "b" text NOT NULL',
      'ALTER TABLE "a" DROP COLUMN "b"',
    ]);
    expect(refused.map(({ subject }) => subject)).toEqual(['"a"."b"']);
    expect(refused[0]?.steps.join()).toContain('--template backfill');
  });

  it('says which column writes every row anew, and which is lost', () => {
    const { notes } = sort(
      ['ALTER TABLE "a" ADD "b" uuid NOT NULL DEFAULT gen_random_uuid()', ''],
      ['ALTER TABLE "a" ADD "s" timestamptz NOT NULL DEFAULT now()', ''],
      ['ALTER TABLE "a" DROP COLUMN "c"', 'ALTER TABLE "a" ADD "c" text'],
    );
    expect(notes).toEqual([
      '"a"."b" writes every row anew, and nobody reads or writes meanwhile',
      '"a"."c" is dropped with all its values',
    ]);
  });

  it('refuses to make an enum anew', () => {
    const { refused } = sort(['ALTER TYPE "public"."kind" RENAME TO "kind_old"', '']);
    expect(refused[0]?.subject).toBe('"public"."kind"');
  });
});

describe('a column that TypeORM would make anew', () => {
  const change = (old: string, next: string) =>
    withoutRebuiltColumns([
      { up: 'ALTER TABLE "a" DROP COLUMN "b"', down: `ALTER TABLE "a" ADD "b" ${old}` },
      { up: `ALTER TABLE "a" ADD "b" ${next}`, down: 'ALTER TABLE "a" DROP COLUMN "b"' },
    ]);

  it('is altered where nothing can be lost, there and back', () => {
    const { left, altered, refused } = change('varchar(10) NOT NULL', 'text NOT NULL');
    expect([left, refused]).toEqual([[], []]);
    expect(altered.map(({ up, down }) => [up[0]?.sql, down[0]?.sql])).toEqual([
      [
        'ALTER TABLE "a" ALTER COLUMN "b" TYPE text',
        'ALTER TABLE "a" ALTER COLUMN "b" TYPE varchar(10)',
      ],
    ]);
  });

  it.each([
    ['varchar(10)', 'varchar(5)'],
    ['text', 'integer'],
    ['text', 'text array'],
    ['integer', 'integer GENERATED ALWAYS AS (1) STORED'],
  ])('is refused from %s to %s, with the steps to go', (old, next) => {
    const { left, altered, refused } = change(old, next);
    expect([left, altered]).toEqual([[], []]);
    expect(refused[0]?.steps.map((step) => step.split(/[:,]/)[0])).toEqual([
      'expand',
      'backfill',
      'switch',
      'contract',
    ]);
  });

  it('keeps an index that was only dropped to be made again', () => {
    const steps = [
      { up: 'DROP INDEX "public"."i"', down: 'CREATE INDEX "i" ON "a" USING btree ("b") ' },
      { up: 'CREATE INDEX "i" ON "a"  ("b") ', down: 'DROP INDEX "public"."i"' },
      { up: 'DROP INDEX "public"."j"', down: 'CREATE INDEX "j" ON "a" USING btree ("b") ' },
      { up: 'CREATE UNIQUE INDEX "j" ON "a"  ("b") ', down: 'DROP INDEX "public"."j"' },
    ];
    expect(withoutNeedlessRebuilds(steps)).toEqual(steps.slice(2));
  });
});
