import type { FuncCall, Node, SelectStmt } from 'libpg-query';
import { nodesOf, wordsOf } from './sql-nodes.js';
import type { SqlParser } from './sql-parser.js';

/** What an expression of constants says; undefined if only the running database knows. */
export function constantText(parser: SqlParser, expression: string): string | undefined {
  try {
    const statement = parser.parseSync(`SELECT ${expression}`).stmts?.[0]?.stmt as {
      SelectStmt?: SelectStmt;
    };
    const select = statement.SelectStmt;
    if (!select || select.fromClause || select.whereClause) return undefined;
    const [target, ...more] = nodesOf(select.targetList, 'ResTarget');
    return more.length === 0 ? fold(target?.val) : undefined;
  } catch {
    return undefined;
  }
}

function fold(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  if ('A_Const' in node) return constantOf(node.A_Const);
  if ('TypeCast' in node) return fold(node.TypeCast.arg);
  if ('FuncCall' in node) return formatted(node.FuncCall);
  if (!('A_Expr' in node) || wordsOf(node.A_Expr.name).join('.') !== '||') return undefined;
  const [left, right] = [fold(node.A_Expr.lexpr), fold(node.A_Expr.rexpr)];
  return left === undefined || right === undefined ? undefined : left + right;
}

function constantOf({ sval, ival }: { sval?: { sval?: string }; ival?: { ival?: number } }) {
  if (sval) return sval.sval ?? '';
  return ival ? String(ival.ival ?? 0) : undefined;
}

/** format() of constants, as far as it has plain places. */
function formatted({ funcname, args }: FuncCall): string | undefined {
  if (wordsOf(funcname).at(-1) !== 'format') return undefined;
  const [template, ...values] = (args ?? []).map(fold);
  if (template === undefined || values.includes(undefined)) return undefined;
  if (/%[^%sIL]/.test(template)) return undefined;
  let next = 0;
  return template.replaceAll(/%([%sIL])/g, (_, place: string) => {
    if (place === '%') return '%';
    const value = values[next++] ?? '';
    if (place === 's') return value;
    const quote = place === 'I' ? '"' : "'";
    return quote + value.replaceAll(quote, quote + quote) + quote;
  });
}
