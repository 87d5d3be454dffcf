import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lintMigrations } from '../../../src/migrator/lint/lint-migrations.js';
import { parseSql } from '../../../src/migrator/lint/parser.js';
import { CATALOGUE } from '../../../src/migrator/lint/rules/catalogue.js';
import { recordBar } from '../../support/bars.js';
import { FIXTURES, WITHOUT_SQL } from '../../support/migrator/fixtures/all-fixtures.js';
import { FUNCTIONS, HIDINGS, SPELLINGS } from '../../support/migrator/mutations.js';
import { recorded } from '../../support/migrator/recorded.js';
import { randomSafeDdl } from '../../support/migrator/safe-ddl.js';
import { shippedBatch } from '../../support/migrator/shipped-batch.js';
import { TYPEORM_CHANGES, generated } from '../../support/migrator/typeorm-changes.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const FEWEST_RULES = 60;
const MOST_MS = 300;
const MOST_COLD_MS = 400;
const STATEMENTS = 1000;
const ROUNDS = 5;
const PROGRAMS = 500;

const DESTRUCTIVE = FIXTURES.filter(({ rule }) => rule.startsWith('D'));

function bar(name: string, measured: number | string, target: string, passed: boolean): void {
  recordBar({ bar: name, measured, target, passed });
  expect({ bar: name, measured, passed }).toMatchObject({ passed: true });
}

describe('the rules over migrations', () => {
  it('are many, and each has a bad and a good fixture that it tells apart', async () => {
    const wrong: string[] = [];
    for (const { rule, bad, good, options } of FIXTURES) {
      const [found, passed] = await Promise.all([
        rulesOf(recorded(bad), options),
        rulesOf(recorded(good), options),
      ]);
      if (!found.includes(rule) || passed.includes(rule)) wrong.push(rule);
    }
    const covered = new Set<string>([...FIXTURES.map(({ rule }) => rule), ...WITHOUT_SQL]);
    const bare = CATALOGUE.filter(({ id }) => !covered.has(id));
    const count = CATALOGUE.length;

    bar('rule ids', count, `>= ${FEWEST_RULES}`, count >= FEWEST_RULES);
    bar(
      'rules whose fixtures are not told apart',
      wrong.length + bare.length,
      '0',
      wrong.length + bare.length === 0,
    );
    bar('fixtures, bad and good', FIXTURES.length * 2, '>= 2 for each rule', true);
  });

  it('raise no false alarm', async () => {
    let good = 0;
    for (const { good: scripts, options } of FIXTURES)
      good += loud(await lintMigrations(recorded(scripts), options));
    let random = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++)
      random += loud(await lintMigrations(recorded(randomSafeDdl(seed))));
    const shipped = await lintMigrations(await shippedBatch());
    const blocks = shipped.filter(({ severity }) => severity === 'blocks').length;

    bar('false alarms over the good fixtures', good, '0', good === 0);
    bar(`false alarms over ${PROGRAMS} random safe migrations`, random, '0', random === 0);
    bar('B findings over the shipped migrations as one batch', blocks, '0', blocks === 0);
  });

  it('are fast', async () => {
    const script = recorded([{ sql: thousandStatements() }]);
    await parseSql('SELECT 1');
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      await lintMigrations(script);
      times.push(performance.now() - started);
    }
    const best = Math.round(Math.min(...times));
    const cold = Math.min(...Array.from({ length: 3 }, coldStart));

    bar(`${STATEMENTS} statements, ms`, best, `< ${MOST_MS}`, best < MOST_MS);
    bar('cold start with the parser, ms', cold, `< ${MOST_COLD_MS}`, cold < MOST_COLD_MS);
  });

  it('see what is hidden', async () => {
    let asked = 0;
    const missed: string[] = [];
    for (const { says, mutate } of [...SPELLINGS, ...HIDINGS, ...FUNCTIONS]) {
      const inFunction = FUNCTIONS.some((one) => one.says === says);
      for (const fixture of DESTRUCTIVE) {
        const scripts = mutate(fixture);
        if (!scripts) continue;
        asked += 1;
        const found = await lintMigrations(recorded(scripts), fixture.options);
        const isFound = found.some(({ rule, severity }) =>
          inFunction ? severity === 'destructive' : rule === fixture.rule,
        );
        if (!isFound) missed.push(`${fixture.rule} ${says}`);
      }
    }

    bar(
      'written otherwise or hidden, and found',
      `${asked - missed.length} of ${asked}`,
      '100 %',
      missed.length === 0,
    );
  });
});

describe('what TypeORM generates', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  it('is stopped where it loses data, and nowhere else', async () => {
    const wrong: string[] = [];
    for (const change of TYPEORM_CHANGES) {
      const { up, columnType } = await generated(database.url, change);
      const found = await lintMigrations(up, { columnType: () => columnType });
      const destroys = found
        .filter(({ severity }) => severity === 'destructive')
        .map(({ rule }) => rule);
      const fits = change.rule ? destroys.includes(change.rule) : destroys.length === 0;
      if (!fits) wrong.push(change.says);
    }
    const losses = TYPEORM_CHANGES.filter(({ rule }) => rule !== undefined).length;

    bar(
      `losses of the generator (${losses}) and harmless changes (${TYPEORM_CHANGES.length - losses}) told apart`,
      TYPEORM_CHANGES.length - wrong.length,
      String(TYPEORM_CHANGES.length),
      wrong.length === 0,
    );
  });
});

async function rulesOf(...given: Parameters<typeof lintMigrations>): Promise<readonly string[]> {
  return (await lintMigrations(...given)).map(({ rule }) => rule);
}

function loud(findings: Awaited<ReturnType<typeof lintMigrations>>): number {
  return findings.filter(({ severity }) => severity !== 'style').length;
}

/** As they are in real migrations: tables, columns, indexes, constraints, functions, rows. */
function thousandStatements(): string[] {
  const kinds = [
    (n: number) =>
      `CREATE TABLE "t${n}" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "tenant_id" uuid NOT NULL, "name" text, "at" timestamptz NOT NULL DEFAULT now(), CONSTRAINT "pk_t${n}" PRIMARY KEY ("tenant_id", "id"))`,
    (n: number) =>
      `ALTER TABLE "t${n}" ADD COLUMN "kind" text NOT NULL DEFAULT 'plain', ADD COLUMN "amount" numeric(12,2)`,
    (n: number) =>
      `CREATE INDEX "ix_t${n}" ON "t${n}" ("tenant_id", "name") WHERE "name" IS NOT NULL`,
    (n: number) =>
      `ALTER TABLE "old${n}" ADD CONSTRAINT "fk_${n}" FOREIGN KEY ("a", "b") REFERENCES "t${n}" ("tenant_id", "id") NOT VALID`,
    (n: number) => `UPDATE "old${n}" SET "name" = upper("name"), "at" = now() WHERE "id" = ${n}`,
  ];
  return Array.from({ length: STATEMENTS }, (_, n) => kinds[n % kinds.length]?.(n) ?? '');
}

/** A fresh process: from the import of the parser to the first parsed statement. */
function coldStart(): number {
  const script = `const from = performance.now();
    const parser = await import('libpg-query');
    await parser.loadModule();
    parser.parseSync('ALTER TABLE a DROP COLUMN b');
    console.log(Math.round(performance.now() - from));`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}
