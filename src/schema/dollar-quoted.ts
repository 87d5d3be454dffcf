/** A body as PostgreSQL quotes it: a name inside it may be anything, the tag among it. */
export function dollarQuoted(body: string): string {
  for (let attempt = 0; ; attempt++) {
    const tag = `$rowguard${attempt || ''}$`;
    if (!body.includes(tag)) return `${tag}${body}${tag}`;
  }
}
