/** What is left of a statement where the rest could only mislead a reader. */
export interface SqlParts {
  /** Comments are a space, as PostgreSQL reads them; literals stand as they are. */
  readonly withoutComments: string;
  /** Literals are empty as well; quoted names stand as they are. */
  readonly withoutLiterals: string;
  /** Literals and quoted names are empty: keywords only stand where they are keywords. */
  readonly code: string;
}

const NEEDS_READING = /--|\/\*|['"$]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PART_OF_A_NAME = /[\w$\u0080-\uffff]/;

/**
 * Takes a statement apart as PostgreSQL's own lexer does: comments nest, a line comment also ends
 * at a carriage return, and what looks like a comment inside a literal is none.
 */
export function readSql(text: string): SqlParts {
  if (!NEEDS_READING.test(text))
    return { withoutComments: text, withoutLiterals: text, code: text };
  let kept = '';
  let named = '';
  let code = '';
  for (let at = 0; at < text.length;) {
    const end = endOfPart(text, at);
    const part = text.slice(at, end);
    const isComment = part.startsWith('--') || part.startsWith('/*');
    const isName = part.startsWith('"');
    const isLiteral = !isComment && !isName && part.length > 1;
    kept += isComment ? ' ' : part;
    named += isComment ? ' ' : isLiteral ? "''" : part;
    if (isComment) code += ' ';
    else if (part.length > 1) code += isName ? '""' : "''";
    else code += part;
    at = end;
  }
  return { withoutComments: kept, withoutLiterals: named, code };
}

/** Where the comment, literal or quoted name that begins here ends; the next character if none does. */
export function endOfPart(text: string, at: number): number {
  switch (text[at]) {
    case '-':
      return text[at + 1] === '-' ? endOfLine(text, at) : at + 1;
    case '/':
      return text[at + 1] === '*' ? endOfComment(text, at) : at + 1;
    case "'":
      return endOfQuoted(text, at, "'", isEscapeString(text, at));
    case '"':
      return endOfQuoted(text, at, '"', false);
    case '$':
      return endOfDollarQuoted(text, at);
    default:
      return at + 1;
  }
}

function endOfLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}

function endOfComment(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text.startsWith('/*', end)) {
      depth++;
      end++;
    } else if (text.startsWith('*/', end)) {
      depth--;
      end++;
      if (depth === 0) return end + 1;
    }
  }
  return text.length;
}

function endOfQuoted(text: string, at: number, quote: string, escapes: boolean): number {
  for (let end = at + 1; end < text.length; end++) {
    if (escapes && text[end] === '\\') end++;
    else if (text[end] === quote) {
      if (text[end + 1] !== quote) return end + 1;
      end++;
    }
  }
  return text.length;
}

/** E'…', where E is no end of a name. */
function isEscapeString(text: string, at: number): boolean {
  return /[eE]/.test(text[at - 1] ?? '') && !PART_OF_A_NAME.test(text[at - 2] ?? ' ');
}

function endOfDollarQuoted(text: string, at: number): number {
  if (PART_OF_A_NAME.test(text[at - 1] ?? ' ')) return at + 1;
  DOLLAR_TAG.lastIndex = at;
  const tag = DOLLAR_TAG.exec(text)?.[0];
  if (tag === undefined) return at + 1;
  const end = text.indexOf(tag, at + tag.length);
  return end < 0 ? text.length : end + tag.length;
}
