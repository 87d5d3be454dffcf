/** One statement of a difference, with the one that undoes it. */
export interface SchemaStep {
  readonly up: string;
  readonly down: string;
  readonly parameters?: readonly unknown[];
  readonly downParameters?: readonly unknown[];
}

const QUOTED = String.raw`"(?:[^"]|"")*"`;
const NAME = String.raw`(?:${QUOTED}\.)?${QUOTED}`;

const FORMS = {
  createTable: new RegExp(`^CREATE TABLE (${NAME}) `),
  addColumn: new RegExp(`^ALTER TABLE (${NAME}) ADD (${QUOTED}) ([^]*)$`),
  dropColumn: new RegExp(`^ALTER TABLE (${NAME}) DROP COLUMN (${QUOTED})$`),
  setNotNull: new RegExp(`^ALTER TABLE (${NAME}) ALTER COLUMN (${QUOTED}) SET NOT NULL$`),
  createIndex: new RegExp(`^CREATE (?:UNIQUE )?INDEX (${QUOTED}) ON (${NAME}) ([^]*)$`),
  dropIndex: new RegExp(`^DROP INDEX (${NAME})$`),
  addConstraint: new RegExp(`^ALTER TABLE (${NAME}) ADD CONSTRAINT (${QUOTED}) ([^]*)$`),
  dropConstraint: new RegExp(`^ALTER TABLE (${NAME}) DROP CONSTRAINT (${QUOTED})$`),
  renameType: new RegExp(`^ALTER TYPE (${NAME}) RENAME TO `),
} as const;

export type StepForm = keyof typeof FORMS;

/** The parts of a statement in a form that TypeORM writes it in; undefined if it is in another. */
export function partsOfStep(form: StepForm, sql: string): readonly string[] | undefined {
  return FORMS[form].exec(sql)?.slice(1);
}

export function isForm(form: StepForm, sql: string): boolean {
  return FORMS[form].test(sql);
}
