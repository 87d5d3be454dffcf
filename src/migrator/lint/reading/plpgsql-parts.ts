import { findAll } from './sql-nodes.js';
import type { SqlParser } from './sql-parser.js';

export interface PlpgsqlPart {
  readonly sql: string;
  /** True for what gives the text of a statement, false for a statement. */
  readonly isExpression: boolean;
}

interface Expression {
  readonly query?: string;
  readonly parseMode?: number;
}

const WHOLE_STATEMENT = 0;
/** Where PL/pgSQL keeps the text of EXECUTE, of RETURN QUERY EXECUTE, and of OPEN … FOR EXECUTE. */
const DYNAMIC = /^(?:PLpgSQL_stmt_dynexecute|PLpgSQL_stmt_dynfors|dynquery)$/;

/** Every statement of a body in PL/pgSQL, wherever it stands; an error if it cannot be read. */
export function partsOfPlpgsql(parser: SqlParser, sql: string): readonly PlpgsqlPart[] | Error {
  try {
    const tree = parser.parsePlPgSQLSync(sql);
    const dynamic = new Set<Expression>();
    for (const { node } of findAll(tree, (key) => DYNAMIC.test(key))) dynamic.add(textOf(node));
    return [...findAll(tree, (key) => key === 'PLpgSQL_expr')].flatMap(({ node: found }) => {
      const node: Expression = found;
      const isExpression = dynamic.has(node);
      if (!node.query || (!isExpression && node.parseMode !== WHOLE_STATEMENT)) return [];
      return [{ sql: node.query, isExpression }];
    });
  } catch (error) {
    return error as Error;
  }
}

function textOf(holder: Record<string, unknown>): Expression {
  const expression = (holder['query'] ?? holder) as { PLpgSQL_expr?: Expression };
  return expression.PLpgSQL_expr ?? {};
}
