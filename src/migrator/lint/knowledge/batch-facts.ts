import type { Constraint } from 'libpg-query';
import type { ParsedStatement } from '../parsed-statement.js';
import { type QualifiedName, objectWords, tableName, wordsName } from '../reading/names.js';
import { isKind, nodesOf, wordsOf } from '../reading/sql-nodes.js';
import { changesOf, keysOf, newTableOf, onColumn } from '../reading/table-change.js';
import type { TypeShape } from '../reading/type-shape.js';
import { ConstraintFacts } from './constraint-facts.js';
import { Occurrences } from './occurrences.js';

export interface IndexFact {
  readonly table: QualifiedName;
  readonly columns: readonly string[];
}

export interface NewTableFact {
  /** False where IF NOT EXISTS, or a branch of a block, may have made nothing. */
  readonly isSure: boolean;
  readonly migration: string;
}

/** Where a statement stands in the run: all migrations one after the other. */
export interface Moment {
  readonly order: number;
  readonly migration: string;
  /** False for those that ran long ago: they tell what is there, and make nothing new. */
  readonly isPending: boolean;
}

/** What all migrations of a run do together, before the first one is judged. */
export class BatchFacts {
  readonly tables = new Occurrences<NewTableFact>();
  readonly addedColumns = new Occurrences<string>();
  readonly columnTypes = new Occurrences<TypeShape>();
  readonly enums = new Occurrences<true>();
  readonly goneTypes = new Occurrences<true>();
  readonly indexes = new Occurrences<IndexFact>();
  readonly droppedIndexes = new Occurrences<true>();
  /** Views, functions and triggers, by kind and name. */
  readonly made = new Occurrences<string>();
  readonly secured = new Occurrences<string>();
  readonly constraints = new ConstraintFacts();
  readonly policies = new Occurrences<true>();

  constructor(readonly schema: string) {}

  learn(statement: ParsedStatement, moment: Moment): void {
    if (statement.place === 'function') {
      this.learnFunction(statement, moment);
      return;
    }
    this.learnTable(statement, moment);
    this.learnAddedColumns(statement, moment);
    this.learnChanges(statement, moment);
    this.learnIndex(statement, moment);
    this.learnTypes(statement, moment);
    this.learnRename(statement, moment);
    this.learnMade(statement, moment);
  }

  /** What a function does has not happened yet; but what it destroys has to be told for what it is. */
  private learnFunction(statement: ParsedStatement, moment: Moment): void {
    this.learnTypes(statement, moment);
    this.learnAddedColumns(statement, moment);
    const isOwn =
      isKind(statement, 'CreateStmt') && statement.node.relation?.relpersistence === 't';
    if (isOwn) this.newTable(tableName(statement.node.relation, this.schema), moment, true);
  }

  private learnAddedColumns(statement: ParsedStatement, { order, migration }: Moment): void {
    for (const { table, action, name } of changesOf(statement, this.schema)) {
      if (action === 'AT_AddColumn') this.addedColumns.add(`${table}.${name}`, order, migration);
    }
  }

  /** The index is known to lead with this column, at any time of the run. */
  hasLeadingIndex(table: QualifiedName, column: string): boolean {
    return (
      this.indexes.all().some((one) => one.table === table && one.columns[0] === column) ||
      this.constraints.ofTable(table).some(({ keys, isIndexed }) => isIndexed && keys[0] === column)
    );
  }

  private learnTable(statement: ParsedStatement, moment: Moment): void {
    const made = newTableOf(statement, this.schema);
    if (made && isKind(statement, 'CreateStmt')) {
      const isSure = statement.node.if_not_exists !== true && statement.place === 'sent';
      this.newTable(made.table, moment, isSure);
      for (const column of made.columns) {
        this.columnTypes.add(`${made.table}.${column.name}`, moment.order, column.type);
      }
      for (const constraint of made.constraints) this.constraint(made.table, constraint, moment);
    } else if (isKind(statement, 'CreateTableAsStmt')) {
      const { into, if_not_exists: mayBeThere } = statement.node;
      this.newTable(tableName(into?.rel, this.schema), moment, mayBeThere !== true);
    } else if (isKind(statement, 'SelectStmt') && statement.node.intoClause) {
      this.newTable(tableName(statement.node.intoClause.rel, this.schema), moment, true);
    }
  }

  private newTable(table: QualifiedName, moment: Moment, isSure: boolean): void {
    const { isPending, order, migration } = moment;
    if (isPending) this.tables.add(table, order, { isSure, migration });
  }

  private learnChanges(statement: ParsedStatement, moment: Moment): void {
    for (const change of changesOf(statement, this.schema)) {
      const { table, action, name, column, constraint } = change;
      if (action === 'AT_AddColumn' && column) {
        for (const one of column.constraints) {
          this.constraint(table, onColumn(one, name), moment);
        }
      }
      if (column && (action === 'AT_AddColumn' || action === 'AT_AlterColumnType')) {
        this.columnTypes.add(`${table}.${name}`, moment.order, column.type);
      }
      if (constraint && action === 'AT_AddConstraint') this.constraint(table, constraint, moment);
      if (action === 'AT_ValidateConstraint') this.constraints.validate(table, name, moment);
      if (action.endsWith('RowSecurity'))
        this.secured.add(`${table}/${action}`, moment.order, table);
    }
  }

  private constraint(table: QualifiedName, constraint: Constraint, moment: Moment): void {
    this.constraints.add(table, constraint, keysOf(constraint), moment);
  }

  private learnIndex(statement: ParsedStatement, { order }: Moment): void {
    if (isKind(statement, 'IndexStmt')) {
      const { relation, idxname, indexParams } = statement.node;
      const columns = nodesOf(indexParams, 'IndexElem').map(({ name }) => name ?? '');
      const table = tableName(relation, this.schema);
      const schema = relation?.schemaname ?? this.schema;
      const name = idxname ?? `${relation?.relname}_${columns.join('_')}_idx`;
      this.indexes.add(`${schema}.${name}`, order, { table, columns });
    } else if (isKind(statement, 'DropStmt') && statement.node.removeType === 'OBJECT_INDEX') {
      for (const object of statement.node.objects ?? []) {
        this.droppedIndexes.add(wordsName(objectWords(object), this.schema), order, true);
      }
    }
  }

  private learnTypes(statement: ParsedStatement, { order, isPending }: Moment): void {
    if (!isPending) return;
    if (isKind(statement, 'CreateEnumStmt')) {
      this.enums.add(wordsName(wordsOf(statement.node.typeName), this.schema), order, true);
    } else if (isKind(statement, 'DropStmt') && statement.node.removeType === 'OBJECT_TYPE') {
      for (const object of statement.node.objects ?? []) {
        this.goneTypes.add(wordsName(objectWords(object), this.schema), order, true);
      }
    }
  }

  private learnRename(statement: ParsedStatement, moment: Moment): void {
    if (isKind(statement, 'AlterObjectSchemaStmt')) {
      const { relation, newschema = '' } = statement.node;
      this.moved(tableName(relation, this.schema), `${newschema}.${relation?.relname}`, moment);
    }
    if (!isKind(statement, 'RenameStmt')) return;
    const { renameType, relation, object, newname = '' } = statement.node;
    if (renameType === 'OBJECT_TABLE') {
      const before = relation?.schemaname ?? this.schema;
      this.moved(tableName(relation, this.schema), `${before}.${newname}`, moment);
    } else if (renameType === 'OBJECT_TYPE' && object) {
      this.goneTypes.add(wordsName(objectWords(object), this.schema), moment.order, true);
    }
  }

  /** A new table stays new under its new name. */
  private moved(from: QualifiedName, to: QualifiedName, moment: Moment): void {
    const made = this.tables.before(from, moment.order);
    if (made) this.newTable(to, moment, made.isSure);
  }

  private learnMade(statement: ParsedStatement, { order, migration }: Moment): void {
    const add = (kind: string, name: string) => this.made.add(`${kind}:${name}`, order, migration);
    if (isKind(statement, 'ViewStmt'))
      add('OBJECT_VIEW', tableName(statement.node.view, this.schema));
    else if (isKind(statement, 'CreateTableAsStmt')) {
      add('OBJECT_MATVIEW', tableName(statement.node.into?.rel, this.schema));
    } else if (isKind(statement, 'CreateFunctionStmt')) {
      const name = wordsName(wordsOf(statement.node.funcname), this.schema);
      for (const kind of ['FUNCTION', 'PROCEDURE', 'ROUTINE']) add(`OBJECT_${kind}`, name);
    } else if (isKind(statement, 'CreateTrigStmt')) {
      const { relation, trigname } = statement.node;
      add('OBJECT_TRIGGER', `${tableName(relation, this.schema)}.${trigname}`);
    } else if (isKind(statement, 'CreatePolicyStmt')) {
      this.policies.add(tableName(statement.node.table, this.schema), order, true);
    }
  }
}
