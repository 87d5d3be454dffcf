import { describe, expect, it } from '@jest/globals';
import { formatted } from '../../../src/migrator/lint/formats/formatted.js';
import type { FormatInput, LintFormat } from '../../../src/migrator/lint/formats/lint-format.js';
import { lintReport } from '../../../src/migrator/lint/lint-report.js';
import { migration } from '../../support/migrator/recorded.js';

const SQL =
  'DROP TABLE "a|b`";\n  CREATE INDEX i\n  ON "c,d:%" (e);\n\tALTER TABLE t ADD COLUMN x int, ADD COLUMN y serial';

const told = async (format: LintFormat, sql = SQL, more: Partial<FormatInput> = {}) =>
  formatted(format, {
    report: await lintReport(migration(sql)),
    placeOf: () => ({ file: 'src/a b/x,y.ts', line: 7, column: 3 }),
    paint: (_, text) => text,
    version: '1.2.3',
    ...more,
  });

describe('the findings', () => {
  it('for a terminal show the place with a caret, and what to send instead', async () => {
    const text = await told('tty', SQL, { placeOf: () => undefined });

    expect(text).toContain('B14 blocks  Step1790000000000, statement 1, line 4');
    expect(text).toContain(
      '  bad:      ALTER TABLE t ADD COLUMN x int, ADD COLUMN y serial\n' +
        `           ${' '.repeat('\tALTER TABLE t ADD COLUMN x int, ADD COLUMN '.length)}^`,
    );
    expect(text).toContain('good:    CREATE INDEX CONCURRENTLY');
  });

  it('for a terminal hold nothing that steers it', async () => {
    const text = await told('tty', 'DROP TABLE "a\u001B[31mb\u0007"');

    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F]/);
    expect(text).toContain('D01');
  });

  it('of a long line show the part around the place', async () => {
    const text = await told('tty', `${'SELECT 1; '.repeat(100)}DROP TABLE t`);
    const [bad, caret] = text.split('\n').slice(2, 4) as [string, string];

    expect(bad.length).toBeLessThan(200);
    expect(bad.slice(caret.indexOf('^'))).toBe('DROP TABLE t');
  });

  it('as JSON are data', async () => {
    const { findings } = JSON.parse(await told('json')) as { findings: object[] };

    expect(findings[0]).toMatchObject({
      rule: 'D01',
      severity: 'destructive',
      statement: 0,
      line: 1,
      column: 1,
      file: 'src/a b/x,y.ts',
      fileLine: 7,
    });
  });

  it('as SARIF have all that version 2.1.0 requires', async () => {
    const log = JSON.parse(await told('sarif')) as Sarif;
    const [run] = log.runs;

    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/);
    expect(run?.tool.driver).toMatchObject({ name: 'rowguard', version: '1.2.3' });
    for (const { id, shortDescription } of run?.tool.driver.rules ?? []) {
      expect(shortDescription.text.length).toBeGreaterThan(3);
      expect(id).toMatch(/^[A-Z]\d\d$/);
    }
    expect(run?.results.length).toBeGreaterThan(3);
    for (const { ruleId, ruleIndex, level, message, locations } of run?.results ?? []) {
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(['none', 'note', 'warning', 'error']).toContain(level);
      expect(message.text).not.toBe('');
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toBe('src/a%20b/x,y.ts');
      expect(locations[0]?.physicalLocation.region.startLine).toBeGreaterThan(0);
    }
  });

  it('as SARIF without a file have a logical place alone', async () => {
    const text = await told('sarif', SQL, { placeOf: () => undefined });

    expect(text).not.toContain('physicalLocation');
    expect(text).toContain('Step1790000000000#0');
  });

  it('as annotations of GitHub are one line each, with what divides them escaped', async () => {
    const lines = (await told('github')).split('\n');

    expect(lines[0]).toBe(
      '::error file=src/a b/x%2Cy.ts,line=7,title=D01 destructive%3A Step1790000000000::the table a|b` and every row in it are dropped. Stop using it, deploy, rename it to ..._old, and drop it in a later release after a backup.'.slice(
        0,
        -1,
      ),
    );
    expect(lines.every((line) => /^::(?:error|warning) [^\n]+::/.test(line))).toBe(true);
    expect(lines.find((line) => line.includes('B01'))).toContain('c,d:%25');
  });

  it('as Markdown are a table whose cells nothing breaks', async () => {
    const lines = (await told('markdown')).split('\n');
    const rows = lines.filter((line) => line.startsWith('| D') || line.startsWith('| B'));

    expect(lines[0]).toMatch(/^### Migrations: \d+ findings in 1 migrations, \d statements$/);
    for (const row of rows) expect(row.replaceAll(/\\./g, '').split('|')).toHaveLength(7);
    expect(rows[0]).toContain('a\\|b\\`');
  });

  it('are none where nothing is found', async () => {
    const sql = 'ALTER TABLE t ADD COLUMN x int';

    expect(await told('tty', sql)).toBe('nothing found in 1 migrations, 1 statements');
    expect(await told('github', sql)).toBe('');
    expect(await told('markdown', sql)).toContain('0 findings');
  });
});

interface Sarif {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly rules: readonly { id: string; shortDescription: { text: string } }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
}
