import type { ParsedStatement } from '../parsed-statement.js';
import {
  type QualifiedName,
  objectWords,
  tableName,
  tablesOf,
  wordsName,
} from '../reading/names.js';
import { isKind } from '../reading/sql-nodes.js';
import { changesOf } from '../reading/table-change.js';

/** Clauses of ALTER TABLE that let readers go on. */
const LETS_READERS_GO_ON =
  /^AT_(?:ValidateConstraint|SetStatistics|SetRelOptions|ResetRelOptions|SetOptions|ResetOptions|AttachPartition|ClusterOn|DropCluster|EnableTrig\w*|DisableTrig\w*|EnableAlwaysTrig|EnableReplicaTrig)$/;

/** The tables that nobody can even read until the transaction ends. */
export function exclusivelyLocked(
  statement: ParsedStatement,
  schema: string,
): readonly QualifiedName[] {
  if (isKind(statement, 'AlterTableStmt')) {
    return changesOf(statement, schema).flatMap(({ table, action, constraint, command }) => {
      if (LETS_READERS_GO_ON.test(action) || constraint?.contype === 'CONSTR_FOREIGN') return [];
      const partition = command.def as { PartitionCmd?: { concurrent?: boolean } } | undefined;
      return partition?.PartitionCmd?.concurrent ? [] : [table];
    });
  }
  if (isKind(statement, 'TruncateStmt')) return tablesOf(statement.node.relations, schema);
  if (isKind(statement, 'DropStmt') && statement.node.removeType === 'OBJECT_TABLE') {
    return (statement.node.objects ?? []).map((one) => wordsName(objectWords(one), schema));
  }
  if (isKind(statement, 'RenameStmt') && statement.node.relation) {
    return statement.node.renameType === 'OBJECT_INDEX'
      ? []
      : [tableName(statement.node.relation, schema)];
  }
  if (isKind(statement, 'CreatePolicyStmt') || isKind(statement, 'AlterPolicyStmt')) {
    return [tableName(statement.node.table, schema)];
  }
  return isKind(statement, 'ClusterStmt') && statement.node.relation
    ? [tableName(statement.node.relation, schema)]
    : [];
}
