/** What stands after the name of a column. */
export interface ColumnDefinition {
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | undefined;
  /** GENERATED, COLLATE and the like. */
  readonly rest: string;
}

const FIRST_WORD = / (?:NOT NULL|DEFAULT|GENERATED|COLLATE|CONSTRAINT|UNIQUE|PRIMARY KEY|CHECK)\b/;
const DEFAULT = / DEFAULT ((?:'(?:[^']|'')*'(?:::[\w ]+)?|[^' ]+(?:\([^)]*\))?)+)/;

export function readColumn(text: string): ColumnDefinition {
  const end = FIRST_WORD.exec(text)?.index ?? text.length;
  const options = text.slice(end);
  const value = DEFAULT.exec(options)?.[1];
  return {
    type: text.slice(0, end).trim(),
    notNull: / NOT NULL\b/.test(options),
    default: value,
    rest: options
      .replace(DEFAULT, '')
      .replace(/ NOT NULL\b/, '')
      .trim(),
  };
}

/** Of a new column on a table with rows: whether each row has to be written anew for it. */
export function writesEveryRow({ type, default: value, rest }: ColumnDefinition): boolean {
  return (
    /serial$/i.test(type) ||
    /\bSTORED\b|\bAS IDENTITY\b/i.test(rest) ||
    /random|uuid_generate|uuidv|nextval|clock_timestamp|timeofday/i.test(value ?? '')
  );
}

/** A row that is there already would have no value. */
export function leavesRowsEmpty({
  type,
  notNull,
  default: value,
  rest,
}: ColumnDefinition): boolean {
  return notNull && value === undefined && !/serial$/i.test(type) && !/GENERATED/i.test(rest);
}
