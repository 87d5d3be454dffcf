/** A schema as it is drawn: plain data, in an order of its own, the same at every run. */
export interface Diagram {
  readonly tables: readonly DiagramTable[];
}

export interface DiagramTable {
  readonly name: string;
  readonly schema: string | null;
  /** The shipped domain that brings it; null for a table of the application itself. */
  readonly domain: string | null;
  readonly kind: TableKind;
  /** Of a table that is only referred to, the columns of its key are all that is drawn. */
  readonly isStub: boolean;
  readonly columns: readonly DiagramColumn[];
  readonly indexes: readonly DiagramIndex[];
  readonly checks: readonly DiagramCheck[];
  readonly references: readonly DiagramReference[];
}

export type TableKind = 'tenant' | 'append-only' | 'shared' | 'view';

export interface DiagramColumn {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly isPrimary: boolean;
  readonly isReference: boolean;
  /** Times, version and marks of deletion, which the base entity brings. */
  readonly isHousekeeping: boolean;
  readonly default: string | null;
  /** The words that a CHECK allows; null where any will do. */
  readonly choices: readonly string[] | null;
}

export interface DiagramIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  readonly where: string | null;
}

export interface DiagramCheck {
  readonly name: string;
  readonly expression: string;
}

export interface DiagramReference {
  readonly name: string;
  readonly columns: readonly string[];
  readonly table: string;
  readonly tableColumns: readonly string[];
  readonly onDelete: string;
  /** A row may do without. */
  readonly isOptional: boolean;
  /** Not more than one row refers to the same. */
  readonly isUnique: boolean;
}

/** By code point, since a language would order differently from machine to machine. */
export function inOrder(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
