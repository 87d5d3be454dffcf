const HAS_COMMENT = /--|\/\*/;
/** The next thing that a comment could hide in, or that could be one. */
const TOKEN =
  /--[^\n]*|\/\*|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[a-z_\x80-\uffff][\w$\x80-\uffff]*|\$([a-z_]\w*)?\$/gi;
const COMMENT_EDGE = /\/\*|\*\//g;

/** The statement with a space in place of each comment; PostgreSQL nests them, so we count. */
export function withoutComments(text: string): string {
  if (!HAS_COMMENT.test(text)) return text;
  const kept: string[] = [];
  let from = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [token] = match;
    if (token.startsWith('$')) TOKEN.lastIndex = endOf(text, token, TOKEN.lastIndex);
    if (token !== '/*' && !token.startsWith('--')) continue;
    kept.push(text.slice(from, match.index), ' ');
    if (token === '/*') TOKEN.lastIndex = endOfComment(text, TOKEN.lastIndex);
    from = TOKEN.lastIndex;
  }
  kept.push(text.slice(from));
  return kept.join('');
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

function endOfComment(text: string, from: number): number {
  COMMENT_EDGE.lastIndex = from;
  for (let depth = 1, edge = COMMENT_EDGE.exec(text); edge; edge = COMMENT_EDGE.exec(text)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  return text.length;
}
