import { leavesRowsEmpty, readColumn, writesEveryRow } from './column-definition.js';
import type { RefusedChange, StagedStep } from './generated-migration.js';
import { type SchemaStep, isForm, partsOfStep } from './schema-step.js';
import { addConstraint, addUnique, concurrently, setNotNull, staged } from './staged-steps.js';

export interface StagedSteps {
  readonly steps: readonly StagedStep[];
  readonly refused: readonly RefusedChange[];
  readonly notes: readonly string[];
}

/** What a new table needs beside itself; nothing for tables that are not ours. */
export type SecureTable = (table: string) => readonly string[];

/** Gives each step of a difference the form in which the application can go on meanwhile. */
export class StepSorter {
  private readonly refused: RefusedChange[] = [];
  private readonly notes: string[] = [];
  private readonly made = new Set<string>();
  private readonly losing = new Set<string>();

  constructor(private readonly secure: SecureTable) {}

  sortOut(steps: readonly SchemaStep[]): StagedSteps {
    for (const { up } of steps) {
      const made = partsOfStep('createTable', up)?.[0];
      const losing = partsOfStep('dropColumn', up)?.[0];
      if (made !== undefined) this.made.add(made);
      if (losing !== undefined) this.losing.add(losing);
    }
    const sorted = steps.flatMap((step) => this.stagesOf(step));
    return { steps: sorted, refused: this.refused, notes: this.notes };
  }

  private stagesOf(step: SchemaStep): StagedStep[] {
    if (isForm('createTable', step.up)) return this.table(step);
    if (isForm('createIndex', step.up) || isForm('dropIndex', step.up)) return this.index(step);
    if (isForm('addConstraint', step.up)) return this.constraint(step);
    if (isForm('renameType', step.up)) this.refuseEnum(step.up);
    this.lookAtColumn(step.up);
    const [table, column] = partsOfStep('setNotNull', step.up) ?? [];
    if (table !== undefined && column !== undefined) return setNotNull(table, column);
    return [asItIs(step)];
  }

  private table(step: SchemaStep): StagedStep[] {
    const table = partsOfStep('createTable', step.up)?.[0] ?? '';
    return [asItIs(step), staged('tables', this.secure(table), [])];
  }

  /** An index that hangs on a column that goes would go with it. */
  private index(step: SchemaStep): StagedStep[] {
    const made = isForm('createIndex', step.up) ? step.up : step.down;
    const table = partsOfStep('createIndex', made)?.[1] ?? '';
    const goesWithColumn = isForm('dropIndex', step.up) && this.losing.has(table);
    if (this.made.has(table) || goesWithColumn) return [asItIs(step)];
    return [staged('indexes', concurrently(step.up).trim(), concurrently(step.down).trim())];
  }

  private constraint(step: SchemaStep): StagedStep[] {
    const [table = '', name = '', definition = ''] = partsOfStep('addConstraint', step.up) ?? [];
    if (this.made.has(table)) return [asItIs(step)];
    if (/^(?:FOREIGN KEY|CHECK)\b/.test(definition)) return addConstraint(table, name, definition);
    const columns = /^UNIQUE (\([^]*\))$/.exec(definition)?.[1];
    if (columns !== undefined) return addUnique(table, name, columns);
    this.notes.push(`${table}: ${name} is built while nobody can write to the table`);
    return [asItIs(step)];
  }

  private lookAtColumn(sql: string): void {
    const [dropped, lost] = partsOfStep('dropColumn', sql) ?? [];
    if (dropped !== undefined) this.notes.push(`${dropped}.${lost} is dropped with all its values`);
    const [table, column, text] = partsOfStep('addColumn', sql) ?? [];
    if (table === undefined || column === undefined || text === undefined) return;
    const definition = readColumn(text);
    if (leavesRowsEmpty(definition)) this.refused.push(noValue(table, column, definition.type));
    if (writesEveryRow(definition)) {
      this.notes.push(
        `${table}.${column} writes every row anew, and nobody reads or writes meanwhile`,
      );
    }
  }

  private refuseEnum(sql: string): void {
    const type = partsOfStep('renameType', sql)?.[0] ?? '';
    this.refused.push({
      subject: type,
      problem:
        'TypeORM would make the enum anew, write every row that has it, and fail on a value that is gone',
      steps: [
        `a new value: rowguard migration:create <path> --template enum (ALTER TYPE ${type} ADD VALUE)`,
        'a value less: stop writing it, change the rows that have it, and leave it in the type',
      ],
    });
  }
}

function asItIs({ up, down, parameters, downParameters }: SchemaStep): StagedStep {
  return {
    stage: 'tables',
    up: [{ sql: up.trim(), ...(parameters ? { parameters } : {}) }],
    down: [{ sql: down.trim(), ...(downParameters ? { parameters: downParameters } : {}) }],
  };
}

function noValue(table: string, column: string, type: string): RefusedChange {
  return {
    subject: `${table}.${column}`,
    problem:
      'a new column that may not be empty, without a default: the rows that are there have no value for it',
    steps: [
      `give it a default; or add it as it may be empty: ALTER TABLE ${table} ADD ${column} ${type}`,
      'backfill: rowguard migration:create <path> --template backfill',
      'then: rowguard migration:create <path> --template not-null',
    ],
  };
}
