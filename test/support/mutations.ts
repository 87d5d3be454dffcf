/** A migration as people write them, with every kind of token whose change has to be noticed. */
export const WRITTEN = [
  `CREATE TABLE "Orders" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "state" varchar(20) NOT NULL DEFAULT 'draft',
     "total" numeric(12, 2) NOT NULL DEFAULT 0.00, note text, CONSTRAINT "pk_orders" PRIMARY KEY ("id"))`,
  `ALTER TABLE "Orders" ADD CONSTRAINT "ck_orders_state" CHECK ("state" IN ('draft', 'open', 'it''s paid'))`,
  `INSERT INTO settings (name, value, weight) VALUES ('vat', E'7\\n', 19), ('Currency', 'EUR', -3), (U&'d\\0061t', $1, 1.5e3)`,
  `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.changed := now(); RETURN NEW; END $body$`,
  `UPDATE "Orders" SET note = coalesce(note, '') || ' (v2)' WHERE total >= 100 AND "state" <> 'draft' AND id = $2::uuid`,
  `CREATE INDEX CONCURRENTLY "ix_orders_open" ON "Orders" USING btree ("state", total DESC) WHERE "state" = 'open'`,
] as const;

/** The same, as somebody else, a formatter, a build or another system would have it. */
export const REFORMATTED: readonly (readonly [name: string, change: (sql: string) => string])[] = [
  ['keywords in lower case', (sql) => outside(sql, (text) => text.toLowerCase())],
  ['keywords in upper case', (sql) => outside(sql, (text) => text.toUpperCase())],
  ['ends of lines of Windows', (sql) => sql.replaceAll('\n', '\r\n')],
  ['one line', (sql) => outside(sql, (text) => text.replaceAll(/\s+/g, ' '))],
  ['a line for each word', (sql) => outside(sql, (text) => text.replaceAll(/\s+/g, '\n\t'))],
  [
    'spaces around brackets and commas',
    (sql) => outside(sql, (text) => text.replaceAll(/([(),])/g, ' $1 ')),
  ],
  [
    'no spaces around brackets and commas',
    (sql) => outside(sql, (text) => text.replaceAll(/\s*([(),])\s*/g, '$1')),
  ],
  ['a comment in front and behind', (sql) => `-- why\n/* and /* what */ */ ${sql} -- end`],
  [
    'comments between the words',
    (sql) => outside(sql, (text) => text.replaceAll(/\s+/g, ' /* x */ ')),
  ],
  ['a semicolon at the end', (sql) => `  ${sql} ;\n`],
];

const QUOTED = /(?:[eE]|[uU]&)?'(?:[^']|'')*'|"[^"]*"|\$body\$[^]*?\$body\$/g;

function outside(sql: string, change: (text: string) => string): string {
  let result = '';
  let at = 0;
  for (const match of sql.matchAll(QUOTED)) {
    result += change(sql.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return result + change(sql.slice(at));
}

export interface Mutation {
  readonly statement: number;
  readonly sql: string;
}

/** Each literal, quoted name, number and word changed in one place, each on its own. */
export function mutations(): readonly Mutation[] {
  return WRITTEN.flatMap((sql, statement) => {
    const quoted = [...sql.matchAll(QUOTED)].flatMap(({ 0: text, index }) => {
      const first = index + text.search(/['"$]/) + (text.includes('$body$') ? 6 : 1);
      const last = index + text.length - (text.includes('$body$') ? 6 : 1);
      const inside = range(first, last);
      return [
        ...inside.filter((at) => /[a-zA-Z]/.test(sql[at] ?? '')).map((at) => swapped(sql, at)),
        ...inside.filter((at) => /[a-z0-9]/.test(sql[at] ?? '')).map((at) => put(sql, at, 'ß')),
        put(sql, last, ' ', 0),
      ];
    });
    const plain = [...outsideOnly(sql).matchAll(/[a-z_]+|\d+(?:\.\d+)?|[<>=]+/g)].flatMap(
      ({ 0: text, index }) => [
        put(sql, index, /\d/.test(text) ? '8' : /[<>=]/.test(text) ? '>' : 'q', 0),
      ],
    );
    return [...quoted, ...plain].map((changed) => ({ statement, sql: changed }));
  });
}

function outsideOnly(sql: string): string {
  return sql.replaceAll(QUOTED, (text) => ' '.repeat(text.length));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, at) => from + at);
}

function put(sql: string, at: number, text: string, replaced = 1): string {
  return sql.slice(0, at) + text + sql.slice(at + replaced);
}

/** In the other case: inside quotes it is another text. */
function swapped(sql: string, at: number): string {
  const letter = sql[at] ?? '';
  return put(
    sql,
    at,
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
