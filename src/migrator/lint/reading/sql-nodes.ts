import type * as Sql from 'libpg-query';
import type { ParsedStatement } from '../parsed-statement.js';

/** The statements that rules look at, by the names of their nodes. */
export interface SqlNodes {
  AlterDefaultPrivilegesStmt: Sql.AlterDefaultPrivilegesStmt;
  AlterDomainStmt: Sql.AlterDomainStmt;
  AlterEnumStmt: Sql.AlterEnumStmt;
  AlterFunctionStmt: Sql.AlterFunctionStmt;
  AlterObjectSchemaStmt: Sql.AlterObjectSchemaStmt;
  AlterPolicyStmt: Sql.AlterPolicyStmt;
  AlterRoleStmt: Sql.AlterRoleStmt;
  AlterTableStmt: Sql.AlterTableStmt;
  AlterTableMoveAllStmt: Sql.AlterTableMoveAllStmt;
  CallStmt: Sql.CallStmt;
  ClusterStmt: Sql.ClusterStmt;
  CreateDomainStmt: Sql.CreateDomainStmt;
  CreateEnumStmt: Sql.CreateEnumStmt;
  CreateFunctionStmt: Sql.CreateFunctionStmt;
  CreatePolicyStmt: Sql.CreatePolicyStmt;
  CreateRoleStmt: Sql.CreateRoleStmt;
  CreateSchemaStmt: Sql.CreateSchemaStmt;
  CreateStmt: Sql.CreateStmt;
  CreateTableAsStmt: Sql.CreateTableAsStmt;
  CreateTrigStmt: Sql.CreateTrigStmt;
  CreatedbStmt: Sql.CreatedbStmt;
  DeleteStmt: Sql.DeleteStmt;
  DoStmt: Sql.DoStmt;
  DropOwnedStmt: Sql.DropOwnedStmt;
  DropRoleStmt: Sql.DropRoleStmt;
  DropStmt: Sql.DropStmt;
  DropTableSpaceStmt: Sql.DropTableSpaceStmt;
  DropdbStmt: Sql.DropdbStmt;
  GrantStmt: Sql.GrantStmt;
  IndexStmt: Sql.IndexStmt;
  InsertStmt: Sql.InsertStmt;
  LockStmt: Sql.LockStmt;
  MergeStmt: Sql.MergeStmt;
  RefreshMatViewStmt: Sql.RefreshMatViewStmt;
  ReindexStmt: Sql.ReindexStmt;
  RenameStmt: Sql.RenameStmt;
  SelectStmt: Sql.SelectStmt;
  TransactionStmt: Sql.TransactionStmt;
  TruncateStmt: Sql.TruncateStmt;
  UpdateStmt: Sql.UpdateStmt;
  VacuumStmt: Sql.VacuumStmt;
  VariableSetStmt: Sql.VariableSetStmt;
  ViewStmt: Sql.ViewStmt;
  Unreadable: { readonly message: string; readonly location?: number };
  Dynamic: { readonly expression: string };
}

export type StatementKind = keyof SqlNodes;

export function isKind<Kind extends StatementKind>(
  statement: ParsedStatement,
  kind: Kind,
): statement is ParsedStatement & { readonly node: SqlNodes[Kind] } {
  return statement.kind === kind;
}

/** The list of nodes of one kind; others in it are left out. */
export function nodesOf<Kind extends string>(
  nodes: readonly Sql.Node[] | undefined,
  kind: Kind,
): readonly Extract<Sql.Node, Record<Kind, unknown>>[Kind][] {
  type Wanted = Extract<Sql.Node, Record<Kind, unknown>>[Kind];
  return (nodes ?? []).flatMap((node) => (kind in node ? [(node as never)[kind] as Wanted] : []));
}

export function wordsOf(nodes: readonly Sql.Node[] | undefined): readonly string[] {
  return nodesOf(nodes, 'String').map(({ sval }) => sval ?? '');
}

/** Every object of a tree that is the value of `key`. */
export function* findAll(
  tree: unknown,
  wanted: (key: string) => boolean,
): Generator<{ key: string; node: Readonly<Record<string, unknown>> }> {
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value) && wanted(key))
      yield { key, node: value as Readonly<Record<string, unknown>> };
    yield* findAll(value, wanted);
  }
}
