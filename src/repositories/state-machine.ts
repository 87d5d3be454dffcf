import { In, type ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { RowNotFoundError } from '../errors/row-not-found.error.js';
import { TransitionRefusedError } from '../errors/transition-refused.error.js';
import type { DomainRepository } from './domain.repository.js';
import { refuseMoved } from './moved-by-verbs.js';

/** From each state, the states that may follow. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/**
 * Moves a row from state to state in one statement that holds only if the row is in a state that
 * allows it, so that two who move it at once cannot both succeed.
 */
export class StateMachine<Entity extends ObjectLiteral & { id: string }, State extends string> {
  constructor(
    private readonly property: keyof Entity & string,
    private readonly transitions: Transitions<State>,
  ) {}

  /** The states from which `next` can be reached. */
  before(next: State): State[] {
    return (Object.keys(this.transitions) as State[]).filter((state) =>
      this.transitions[state].includes(next),
    );
  }

  allows(from: State, next: State): boolean {
    return Object.hasOwn(this.transitions, from) && this.transitions[from].includes(next);
  }

  /** For the verbs that change anything else: the state moves through `verb` alone. */
  refuseIn(changes: object, verb: string): void {
    refuseMoved(changes, this.property, verb);
  }

  /** The row after the move; `changes` are written with it. */
  async move(
    repository: DomainRepository<Entity>,
    id: string,
    next: State,
    changes: QueryDeepPartialEntity<Entity> = {} as QueryDeepPartialEntity<Entity>,
  ): Promise<Entity> {
    const allowed = this.before(next);
    // Nothing leads there: no statement could move it, and its words may not even be a state.
    if (allowed.length === 0) throw await this.refusal(repository, id, next, allowed);
    const [moved] = await repository.updateReturning(
      { id, [this.property]: In(allowed) } as never,
      { ...changes, [this.property]: next } as never,
    );
    if (moved) return moved;
    throw await this.refusal(repository, id, next, allowed);
  }

  private async refusal(
    repository: DomainRepository<Entity>,
    id: string,
    next: State,
    allowed: readonly State[],
  ): Promise<TransitionRefusedError | RowNotFoundError> {
    // Not there at all is the other answer, and getById gives it.
    const row = await repository.getById(id);
    const state = row[this.property] as string;
    const wanted: unknown = next;
    const known = Object.keys(this.transitions).includes(next);
    return new TransitionRefusedError({
      problem: known
        ? `This ${repository.metadata.name} is ${state} and cannot become ${next}`
        : `${String(wanted).slice(0, 40)} is no state of a ${repository.metadata.name}`,
      mend:
        allowed.length > 0
          ? `It can become ${next} when it is ${allowed.join(' or ')}`
          : `Its states are ${Object.keys(this.transitions).join(', ')}`,
      given: { entity: repository.metadata.name, state, next },
    });
  }
}
