import { endOfPart } from '../../sql/sql-text.js';

const SPACE = /[ \t\n\r\f\v]/;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /0[xXoObB]\w+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /\$\d+/y;
const COLONS = /::|:=|\.\./y;
const OPERATOR = /[+\-*/<>=~!@#%^&|`?]+/y;
/** Only with one of these may an operator of several characters end in + or -. */
const MAY_END_IN_SIGN = /[~!@#%^&|`?]/;
/** What makes a literal mean something else when it stands right before the quote. */
const PREFIX = /^(?:e|b|x|n|u&)$/;

/**
 * The statement as PostgreSQL reads it: without comments and spacing, in lower case but for literals
 * and quoted names. Two texts with the same tokens do the same.
 */
export function canonicalTokens(sql: string): readonly string[] {
  const text = sql.replaceAll('\r\n', '\n');
  const tokens: string[] = [];
  let glued = false;
  for (let at = 0; at < text.length;) {
    const end = endOfPart(text, at);
    const part = text.slice(at, end);
    if (isComment(part) || SPACE.test(text[at] as string)) glued = false;
    else if (part.length > 1) {
      if (glued) tokens.push(`${tokens.pop()}${part}`);
      else tokens.push(part);
      glued = false;
    } else {
      const token = tokenAt(text, at);
      tokens.push(token.toLowerCase());
      at += token.length;
      glued = PREFIX.test(token.toLowerCase());
      continue;
    }
    at = end;
  }
  while (tokens.at(-1) === ';') tokens.pop();
  return tokens;
}

function isComment(part: string): boolean {
  return part.startsWith('--') || part.startsWith('/*');
}

function tokenAt(text: string, at: number): string {
  const unicode = /u&(?=["'])/iy;
  for (const kind of [unicode, WORD, NUMBER, PARAMETER, COLONS]) {
    const found = match(kind, text, at);
    if (found !== undefined) return found;
  }
  return operatorAt(text, at) ?? (text[at] as string);
}

/** As long as it can be, but no comment begins inside of it. */
function operatorAt(text: string, at: number): string | undefined {
  const found = match(OPERATOR, text, at);
  if (found === undefined) return undefined;
  const comment = found.search(/--|\/\*/);
  let operator = comment < 0 ? found : found.slice(0, Math.max(comment, 1));
  while (operator.length > 1 && /[+-]$/.test(operator) && !MAY_END_IN_SIGN.test(operator)) {
    operator = operator.slice(0, -1);
  }
  return operator;
}

function match(kind: RegExp, text: string, at: number): string | undefined {
  kind.lastIndex = at;
  return kind.exec(text)?.[0];
}
