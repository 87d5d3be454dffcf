import { DatabaseError } from './database.error.js';

/** What is wrong with one field. Never the value: it may be a secret. */
export interface FieldProblem {
  /** Which of the rows, from 0; left out where there was one only. */
  readonly row?: number;
  /** Where rows of several entities were written together: whose field it is. */
  readonly entity?: string;
  /** The property; with dots where it is part of another, such as `address.city`. */
  readonly field: string;
  readonly problems: readonly string[];
}

const MOST_LISTED = 100;
const MOST_TOLD = 5;

/** Rows that break the rules of their entity. Nothing of them was written. */
export class ValidationFailedError extends DatabaseError {
  readonly code = 'ROWGUARD_VALIDATION_FAILED';
  readonly entity: string;
  /** The bad fields of all rows, at most a hundred of them. */
  readonly fields: readonly FieldProblem[];
  /** How many there are, listed or not. */
  readonly count: number;

  constructor(entity: string, all: readonly FieldProblem[]) {
    const fields = all.slice(0, MOST_LISTED);
    super({
      problem: `${entity} was not written: ${told(all)}`,
      mend: 'Mend the fields and write again; nothing was written',
      given: { entity, fields, count: all.length },
    });
    this.entity = entity;
    this.fields = fields;
    this.count = all.length;
  }
}

function told(all: readonly FieldProblem[]): string {
  const parts = all.slice(0, MOST_TOLD).map(({ row, entity, field, problems }) => {
    const where = [row === undefined ? [] : `row ${row}`, entity ?? []].flat().join(' ');
    return `${where === '' ? '' : `${where}, `}${field} (${problems.join(', ')})`;
  });
  const more = all.length - parts.length;
  return parts.join('; ') + (more > 0 ? `; and ${more} more fields` : '');
}
