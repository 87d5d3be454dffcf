import { type TransactionOwner, currentUnit } from '../../context/unit-store.js';
import type { Scope } from '../../context/tenant-scope.js';
import type { StatementReading } from '../../sql/statement-reading.js';
import { type StatementEffect, effectOf } from '../../sql/statement-effect.js';

/** A unit of work on one connection. */
export interface UnitInHand {
  scope: Scope | undefined;
  /** A commit may keep something. */
  hasWritten: boolean;
  /** How far a replica has to have come before it answers. */
  replayedTo?: string;
}

const effects = new WeakMap<StatementReading, StatementEffect>();

export function effectOfStatement(statement: StatementReading, text: string): StatementEffect {
  let effect = effects.get(statement);
  if (!effect) {
    effect = statement.kind === 'control' ? 'reads' : effectOf(text);
    effects.set(statement, effect);
  }
  return effect;
}

/**
 * Notes in the unit of work when it has written. The moment is enough, and costs nothing: how far the
 * log had gone by then is learned later, from a question that is asked anyway.
 */
export class WriteNotes {
  constructor(private readonly owner: TransactionOwner) {}

  /** Called where a statement is sent; what comes back is called with its answer, whatever it is. */
  begin(
    unit: UnitInHand | undefined,
    statement: StatementReading,
    text: string,
  ): (() => void) | undefined {
    const isHarmless = effectOfStatement(statement, text) === 'reads';
    if (statement.commits ? !unit?.hasWritten : isHarmless) return undefined;
    const marks = currentUnit()?.marks;
    if (unit) unit.hasWritten = true;
    return marks && (() => marks.noteWrite(this.owner));
  }
}
