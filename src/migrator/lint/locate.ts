/** The line and column of a place in a text, both from 1, with the line itself. */
export function locate(
  text: string,
  at: number,
): { readonly line: number; readonly column: number; readonly lineText: string } {
  const place = Math.min(Math.max(at, 0), text.length);
  const begin = text.lastIndexOf('\n', place - 1) + 1;
  const end = text.indexOf('\n', place);
  return {
    line: text.slice(0, begin).split('\n').length,
    column: place - begin + 1,
    lineText: text.slice(begin, end < 0 ? text.length : end).replace(/\r$/, ''),
  };
}
