import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE } from '../../../src/migrator/lint/rules/catalogue.js';
import { SEVERITIES } from '../../../src/migrator/lint/finding.js';

const PAGE = readFileSync('docs/migration-rules.md', 'utf8');

describe('the page of the rules of migrations', () => {
  it('has one row for each rule, with its title, its reason and what to do instead', () => {
    const rows = PAGE.slice(PAGE.indexOf('<!-- rules -->'))
      .split('\n')
      .filter((line) => /^\| `?[A-Z]\d\d/.test(line))
      .map((line) =>
        line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim()),
      );

    expect(rows).toEqual(
      CATALOGUE.map(({ id, severity, title, why, mend }) => [
        `\`${id}\``,
        severity,
        title,
        why,
        mend,
      ]),
    );
  });

  it('explains every severity', () => {
    for (const severity of SEVERITIES) expect(PAGE).toContain(`| \`${severity}\``);
  });
});
