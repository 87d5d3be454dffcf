/** Texts come from files and databases: what would steer a terminal or break a line is not passed on. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
