import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const VOLATILE =
  /\b(?:now|clock_timestamp|statement_timestamp|random|gen_random_uuid)\s*\(|\bcurrent_timestamp\b/i;

/** Its statements run in triggers, which a distributed table cannot have. */
const IN_TRIGGERS = join('src', 'audit', 'capture-function.ts');

/** What it writes about migrations stays on one machine. */
const MIGRATOR = join('src', 'migrator');

/** Signed bindings are refused where tables are spread, and tests of an application run on one machine. */
const ON_ONE_MACHINE = [join('src', 'schema', 'binding-keys.ts'), join('src', 'testing')];

/** Statements that a database spread over several machines would refuse, and what they break. */
const RULES: readonly (readonly [
  name: string,
  breaks: (sql: string) => boolean,
  sample: string,
])[] = [
  [
    'takes a time or a chance in DO UPDATE, where only excluded.* may stand',
    (sql) =>
      VOLATILE.test(/\bDO\s+UPDATE\b([\s\S]*)/i.exec(sql)?.[1]?.split(/\bRETURNING\b/i)[0] ?? ''),
    'INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET updated_at = now()',
  ],
  [
    'inserts what it selects without RETURNING or ON CONFLICT',
    (sql) =>
      /\bINSERT\s+INTO\b[^;]*?\bSELECT\b/i.test(sql) &&
      !/\bRETURNING\b|\bON\s+CONFLICT\b/i.test(sql),
    'INSERT INTO t (a) SELECT a FROM json_to_recordset($1) AS r(a int)',
  ],
  [
    'updates with a volatile time',
    (sql) => /\bUPDATE\b[\s\S]*\bSET\b[\s\S]*\bclock_timestamp\s*\(/i.test(sql),
    'UPDATE t SET a = clock_timestamp()',
  ],
];

describe('no statement of the source', () => {
  const statements = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file))
    .filter((file) => file !== IN_TRIGGERS && !file.startsWith(MIGRATOR))
    .filter((file) => !ON_ONE_MACHINE.some((place) => file.startsWith(place)))
    .flatMap(literalsOf);

  it.each(RULES)('%s', (_, breaks, sample) => {
    expect(statements.length).toBeGreaterThan(100);
    expect(breaks(sample)).toBe(true);
    expect(statements.filter((one) => breaks(one.text))).toEqual([]);
  });
});

interface Literal {
  readonly file: string;
  readonly text: string;
}

/** Every string and template of a file, whole, with its holes left out. */
function literalsOf(file: string): Literal[] {
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push({ file, text: node.text });
    else if (ts.isTemplateExpression(node)) {
      const parts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
      found.push({ file, text: parts.join('?') });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023));
  return found;
}
