import type { CreateFunctionStmt, DefElem, DropStmt, Node } from 'libpg-query';
import type { LintContext } from '../../lint-context.js';
import { objectWords, shown, tableName, wordsName } from '../../reading/names.js';
import { isKind, nodesOf } from '../../reading/sql-nodes.js';
import type { ParsedStatement } from '../../parsed-statement.js';
import type { Rule, Verdict } from '../../rule.js';

const WEAKER: Readonly<Record<string, string>> = {
  AT_DisableRowSecurity: 'row security is switched off for',
  AT_NoForceRowSecurity: 'row security no longer holds for the owner of',
  AT_DisableTrig: 'a trigger is switched off on',
  AT_DisableTrigAll: 'all triggers are switched off on',
  AT_DisableTrigUser: 'all triggers are switched off on',
  AT_DisableRule: 'a rule is switched off on',
};
const POWERS = /^(?:bypassrls|superuser|createrole)$/;

/** Nothing is lost at once; but from then on everything may be read. */
export const WALLS: readonly Rule[] = [
  {
    id: 'D11',
    severity: 'destructive',
    title:
      'Row security, a policy or a trigger switched off, rights for PUBLIC or past row security',
    why: 'Rows of one tenant may reach another, and nobody notices.',
    mend: 'Let somebody who answers for security approve it; a policy is replaced in the same migration',
    good: "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'",
    on: [
      'AlterTableStmt',
      'DropStmt',
      'AlterPolicyStmt',
      'GrantStmt',
      'AlterDefaultPrivilegesStmt',
      'AlterRoleStmt',
      'CreateRoleStmt',
      'CreateFunctionStmt',
      'AlterFunctionStmt',
      'VariableSetStmt',
    ],
    judge: judgeWalls,
  },
];

function* judgeWalls(statement: ParsedStatement, context: LintContext): Iterable<Verdict> {
  for (const { table, action, name } of context.changes) {
    const what = WEAKER[action];
    if (what && !context.isNew(table)) yield `${what} ${shown(table)}${name ? ` (${name})` : ''}`;
  }
  if (isKind(statement, 'DropStmt')) yield* dropped(statement.node, context);
  else if (isKind(statement, 'AlterPolicyStmt')) {
    const table = tableName(statement.node.table, context.schema);
    if (!context.isNew(table)) yield `the policy ${statement.node.policy_name} is changed`;
  } else if (isKind(statement, 'GrantStmt')) yield* granted(statement.node);
  else if (isKind(statement, 'AlterDefaultPrivilegesStmt')) {
    if (statement.node.action) yield* granted(statement.node.action);
  } else if (isKind(statement, 'AlterRoleStmt') || isKind(statement, 'CreateRoleStmt')) {
    for (const { defname, arg } of nodesOf(statement.node.options, 'DefElem')) {
      if (POWERS.test(defname ?? '') && isOn(arg)) yield `a role gets ${defname}`;
    }
  } else if (isKind(statement, 'VariableSetStmt')) {
    const { name, args } = statement.node;
    const [value] = nodesOf(args, 'A_Const');
    if (name === 'session_replication_role' && value?.sval?.sval?.toLowerCase() === 'replica') {
      yield 'no trigger and no foreign key is looked at from here on';
    }
  } else if (isKind(statement, 'CreateFunctionStmt')) yield* definer(statement.node);
  else if (isKind(statement, 'AlterFunctionStmt')) {
    yield* definer({ options: statement.node.actions ?? [] });
  }
}

function* dropped({ removeType, objects = [] }: DropStmt, context: LintContext) {
  if (removeType !== 'OBJECT_POLICY' && removeType !== 'OBJECT_TRIGGER') return;
  for (const words of objects.map(objectWords)) {
    const table = wordsName(words.slice(0, -1), context.schema);
    const name = words.at(-1) ?? '';
    if (context.isNew(table)) continue;
    if (removeType === 'OBJECT_POLICY') yield `the policy ${name} of ${shown(table)} is dropped`;
    else {
      const key = `OBJECT_TRIGGER:${table}.${name}`;
      const { facts, order, migration } = context;
      if (facts.made.before(key, order) || facts.made.from(key, order) === migration.name) continue;
      yield `the trigger ${name} of ${shown(table)} is dropped`;
    }
  }
}

function* granted({ is_grant: isGrant, grantees }: { is_grant?: boolean; grantees?: Node[] }) {
  const isPublic = nodesOf(grantees, 'RoleSpec').some(
    ({ roletype }) => roletype === 'ROLESPEC_PUBLIC',
  );
  if (isGrant && isPublic) yield 'every login of the server gets the right';
}

function* definer({ options }: Pick<CreateFunctionStmt, 'options'>) {
  const elements = nodesOf(options, 'DefElem');
  if (!elements.some(({ defname, arg }) => defname === 'security' && isOn(arg))) return;
  if (elements.some(setsSearchPath)) return;
  yield 'the function acts with the rights of its owner and finds names in the search_path of the caller';
}

function setsSearchPath({ defname, arg }: DefElem): boolean {
  if (defname !== 'set' || !arg || !('VariableSetStmt' in arg)) return false;
  return arg.VariableSetStmt.name === 'search_path';
}

function isOn(arg: Node | undefined): boolean {
  if (!arg) return false;
  if ('Boolean' in arg) return arg.Boolean.boolval === true;
  return 'Integer' in arg && arg.Integer.ival === 1;
}
