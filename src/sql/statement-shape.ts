import { endOfPart } from './sql-text.js';

const PART_OF_A_NAME = /[\w$\u0080-\uffff]/;
const NUMBER = /(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?|\.\d[\d_]*(?:e[+-]?\d+)?)/iy;
/** What may stand before a quote and belongs to the literal: E'…', B'…', X'…', N'…', U&'…'. */
const PREFIX = /(?:^|[^\w$\u0080-\uffff])(?:[ebxn]|u&)$/i;

/**
 * The text of a statement with `?` for every literal, without comments, on one line: it tells what
 * was asked, and nothing of what about. Lists of literals are one.
 */
export function statementShape(text: string): string {
  let shape = '';
  for (let at = 0; at < text.length;) {
    const end = endOfPart(text, at);
    const part = text.slice(at, end);
    const isComment = part.startsWith('--') || part.startsWith('/*');
    if (isComment) shape += ' ';
    else if (part.length > 1 && part.startsWith('"')) shape += part;
    else if (part.length > 1) shape = `${withoutPrefix(shape)}?`;
    else {
      const number = numberAt(text, at);
      shape += number ? '?' : part;
      at += number ? number.length - 1 : 0;
      at++;
      continue;
    }
    at = end;
  }
  return shape
    .replace(/\s+/g, ' ')
    .replace(/\?(?:\s*,\s*\?)+/g, '?')
    .trim();
}

function withoutPrefix(shape: string): string {
  return PREFIX.test(shape) ? shape.replace(/(?:[ebxn]|u&)$/i, '') : shape;
}

/** Digits in a name, or after the `$` of a parameter, are none. */
function numberAt(text: string, at: number): string | undefined {
  if (PART_OF_A_NAME.test(text[at - 1] ?? ' ')) return undefined;
  NUMBER.lastIndex = at;
  return NUMBER.exec(text)?.[0];
}
