import type { QueryRunner } from 'typeorm';
import { canonicalTokens } from '../recording/canonical-tokens.js';
import type { RecordedStatement } from '../recording/recorded-migration.js';

const HEAD = /^create (?:unique )?index concurrently (?:if not exists )?$/;

const INVALID = `
select format('%I.%I', n.nspname, c.relname) as name from pg_index i
join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relname = $1 and i.indrelid = to_regclass($2)`;

interface PlannedIndex {
  readonly name: string;
  readonly table: string;
}

/** An index whose making was broken off is of no use, and in the way of the next try. */
export async function dropInvalidIndexes(
  runner: QueryRunner,
  statements: readonly RecordedStatement[],
): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const { name, table } of statements.flatMap(plannedIndex)) {
    const rows = (await runner.query(INVALID, [name, table])) as { name: string }[];
    for (const invalid of rows) {
      await runner.query(`drop index concurrently if exists ${invalid.name}`);
      dropped.push(invalid.name);
    }
  }
  return dropped;
}

function plannedIndex({ sql }: RecordedStatement): readonly PlannedIndex[] {
  const tokens = canonicalTokens(sql);
  const on = tokens.indexOf('on');
  const name = tokens[on - 1];
  if (name === undefined || !HEAD.test(`${tokens.slice(0, on - 1).join(' ')} `)) return [];
  const rest = tokens.slice(on + 1).filter((token, at) => at > 0 || token !== 'only');
  const isQualified = rest[1] === '.';
  return [{ name: unquoted(name), table: rest.slice(0, isQualified ? 3 : 1).join('') }];
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
