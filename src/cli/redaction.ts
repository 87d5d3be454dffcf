const HIDDEN = '***';

/** Up to the last @ of the word: a password that was not encoded may hold one itself. */
const URL_LOGIN = /(\b[a-z][a-z\d+.-]*:\/\/[^\s:@/]*):\S*@/gi;
const NAMED = /\b(password|passwd|pgpassword|pwd)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi;

/** Nothing that the command line prints may hold a password. */
export function redacted(text: string): string {
  return text.replace(URL_LOGIN, `$1:${HIDDEN}@`).replace(NAMED, `$1$2${HIDDEN}`);
}
