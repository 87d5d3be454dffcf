import type { DefElem, Node } from 'libpg-query';
import type { ParsedStatement, Place } from '../parsed-statement.js';
import { isKind, nodesOf } from './sql-nodes.js';

export interface Routine {
  readonly body: string;
  readonly language: string;
  /** A block runs with the migration, a function may run at any time later. */
  readonly place: Place;
}

/** The text inside of DO and CREATE FUNCTION; undefined where there is none. */
export function routineOf(statement: ParsedStatement): Routine | undefined {
  if (isKind(statement, 'DoStmt')) {
    const place = statement.place === 'sent' ? 'block' : statement.place;
    return routine(statement.node.args, 'plpgsql', place);
  }
  if (!isKind(statement, 'CreateFunctionStmt')) return undefined;
  return routine(statement.node.options, 'sql', 'function');
}

/** Where a body stands in the text that was given first; written with doubled quotes it is not found. */
export function bodyOf(statement: ParsedStatement, body: string): number {
  return statement.start + Math.max(statement.sql.indexOf(body), 0);
}

function routine(
  options: readonly Node[] | undefined,
  usual: string,
  place: Place,
): Routine | undefined {
  const elements = nodesOf(options, 'DefElem');
  const body = textOf(elements.find(({ defname }) => defname === 'as'));
  if (body === undefined) return undefined;
  const language = textOf(elements.find(({ defname }) => defname === 'language')) ?? usual;
  return { body, language: language.toLowerCase(), place };
}

function textOf(element: DefElem | undefined): string | undefined {
  const given = element?.arg as
    { String?: { sval?: string }; List?: { items?: Node[] } } | undefined;
  return given?.String?.sval ?? nodesOf(given?.List?.items, 'String')[0]?.sval;
}
