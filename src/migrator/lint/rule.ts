import type { Severity } from './finding.js';
import type { LintContext } from './lint-context.js';
import type { ParsedStatement } from './parsed-statement.js';
import type { TableChange } from './reading/table-change.js';
import { type SqlNodes, type StatementKind } from './reading/sql-nodes.js';

/** In `on`: the rule wants to see every statement. */
export const ANY_KIND = '*';

/** What a rule says about itself; the page of the rules is made from it. */
export interface RuleFacts {
  readonly id: string;
  readonly severity: Severity;
  /** What it finds. */
  readonly title: string;
  readonly why: string;
  /** What to do instead. */
  readonly mend: string;
  /** The same as SQL, for those who learn from examples. */
  readonly good?: string;
}

export interface Judgement {
  readonly problem: string;
  /** A location of the node; where the statement begins if it is not given. */
  readonly at?: number | undefined;
  /** Where this case asks for something else than the rule says. */
  readonly mend?: string;
}

export type Verdict = Judgement | string;

export interface Rule extends RuleFacts {
  /** The kinds of statement that it wants to see. */
  readonly on: readonly string[];
  judge(statement: ParsedStatement, context: LintContext): Iterable<Verdict>;
}

/** Looks at a statement of one kind. */
export function rule<Kind extends StatementKind>(
  on: Kind | readonly Kind[],
  facts: RuleFacts,
  judge: (
    node: SqlNodes[Kind],
    context: LintContext,
    statement: ParsedStatement,
  ) => Iterable<Verdict>,
): Rule {
  return {
    ...facts,
    on: typeof on === 'string' ? [on] : on,
    judge: (statement, context) => judge(statement.node as SqlNodes[Kind], context, statement),
  };
}

/** Looks at one clause of ALTER TABLE after the other. */
export function changeRule(
  actions: string | readonly string[],
  facts: RuleFacts,
  judge: (change: TableChange, context: LintContext) => Iterable<Verdict>,
): Rule {
  const wanted = new Set(typeof actions === 'string' ? [actions] : actions);
  return {
    ...facts,
    on: ['AlterTableStmt'],
    *judge(_, context) {
      for (const change of context.changes) {
        if (wanted.has(change.action)) yield* judge(change, context);
      }
    },
  };
}
