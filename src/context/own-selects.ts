import { randomBytes } from 'node:crypto';
import { sentAsBuilt } from './built-statement.js';
import { readSql } from '../sql/sql-text.js';

/**
 * Where row-level security is off, a SELECT that somebody wrote into a fragment of a built
 * statement would read past its predicate. So our builders sign theirs, with a word that nobody
 * can know beforehand, and what is not signed is not confined.
 */
const SIGNATURE = `/*rowguard ${randomBytes(12).toString('hex')}*/`;
const SIGNED = `SELECT ${SIGNATURE} `;

/** Commands and functions that read a table of their own. */
const READS_TABLES = /\b(?:select|table|\w*_to_xml\w*)\b/i;
/** What TypeORM selects from where it needs no table: exists(). */
const DUMMY = '(SELECT 1 AS dummy_column)';
const PAGE_START = 'SELECT DISTINCT "distinctAlias".';

export function signedSelect(expression: string): string {
  return expression.replace(/^SELECT /, SIGNED);
}

/** Signs the sub-selects of a condition of ours. */
export function signedParts(condition: string): string {
  return condition.replace(/\bSELECT /g, SIGNED);
}

export function hasOwnSelectsOnly(text: string): boolean {
  const left = text.replaceAll(SIGNED, 'signed ').replaceAll(DUMMY, 'dummy');
  return !READS_TABLES.test(readSql(left).code);
}

/** True if nothing but what our builders made is sent. */
export function isConfined(text: string, parameters: readonly unknown[] | undefined): boolean {
  return sentAsBuilt(text, parameters)?.confined === true || isPageOfConfined(text);
}

/**
 * TypeORM wraps a page with joins into a builder that is not ours: SELECT DISTINCT of the keys FROM
 * our query. Only that shape, around one of ours, counts as confined.
 */
function isPageOfConfined(text: string): boolean {
  if (!text.startsWith(PAGE_START)) return false;
  const start = text.indexOf(` FROM (${SIGNED}`);
  if (start < 0 || /\b(?:from|select)\b/i.test(text.slice(PAGE_START.length, start))) return false;
  return hasOwnSelectsOnly(text.slice(start));
}
