import type { DataSource } from 'typeorm';
import {
  MEMBERSHIP_KINDS,
  MEMBERSHIP_STATES,
  Membership,
  type MembershipKind,
  type MembershipState,
} from '../../entities/identity/membership.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedId, checkedText } from '../checked-input.js';
import { DomainRepository } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';
import { entitiesFrom } from '../returned-rows.js';
import { StateMachine, type Transitions } from '../state-machine.js';
import { checkedEmail } from './checked-words.js';
import { personByEmail } from './person-by-email.js';

export interface Invitation {
  readonly email: string;
  /** For somebody who is new here; a known person keeps the name that they have. */
  readonly name?: string;
  /** Default: member. */
  readonly kind?: MembershipKind;
}

/** An invitation that nobody takes up is removed; it is never suspended. */
const TRANSITIONS: Transitions<MembershipState> = {
  invited: ['active'],
  active: ['suspended'],
  suspended: ['active'],
};

const LONGEST_NAME = 200;

/**
 * The people of the tenant. The id of a membership is the id of the person. `delete` removes
 * somebody softly, with their roles and keys, and `restore` undoes it.
 */
export class MembershipRepository extends DomainRepository<Membership> {
  protected override readonly movedBy = { state: 'activate or suspend' };
  private readonly states = new StateMachine<Membership, MembershipState>('state', TRANSITIONS);

  constructor(source: DataSource) {
    super(Membership, source);
  }

  /**
   * Invites an address. The tenant sees what it wrote, and nothing of the person, until the person
   * accepts. Who is a member already stays as they are.
   */
  invite(invitation: Invitation): Promise<Membership> {
    return this.add(invitation, 'invited');
  }

  /** Adds a person at once, in the state given. To be used where the person is known to agree. */
  async add(invitation: Invitation, state: MembershipState): Promise<Membership> {
    const { email: given, name, kind = 'member' } = checkedObject('invitation', invitation);
    const email = checkedEmail(given);
    const person = { email, name: nameOf(name, email) };
    checkChoice('kind', kind, MEMBERSHIP_KINDS);
    checkChoice('state', state, MEMBERSHIP_STATES);
    const id = await personByEmail(this.manager, person);
    const values = { kind, state, invitedEmail: email };
    const { raw } = await this.createQueryBuilder()
      .insert()
      .values({ id, ...values })
      .orIgnore()
      .returning('*')
      .execute();
    const [added] = entitiesFrom<Membership>(this, raw as object[]);
    return added ?? (await this.takeBack(id, values)) ?? this.getById(id);
  }

  /** The invited person accepts, or a suspended one comes back. */
  async activate(userId: string): Promise<Membership> {
    return this.states.move(this, checkedId('userId', userId), 'active');
  }

  async suspend(userId: string): Promise<Membership> {
    return this.states.move(this, checkedId('userId', userId), 'suspended');
  }

  /** With the people; of who is only invited, `user` is null. */
  async members(options: KeysetPageOptions<Membership> = {}): Promise<KeysetPage<Membership>> {
    const { relations } = checkedObject('options', options);
    return this.findPage({ ...options, relations: { ...relations, user: true } });
  }

  /** Who was a member before comes back with the row that they had. */
  private async takeBack(
    id: string,
    values: Pick<Membership, 'kind' | 'state' | 'invitedEmail'>,
  ): Promise<Membership | undefined> {
    const { raw } = await this.createQueryBuilder()
      .update()
      .set({ ...values, deletedAt: null, deletedBy: null, deleteBatch: null, deleteReason: null })
      .where('id = :id AND deletedAt IS NOT NULL', { id })
      .returning('*')
      .execute();
    return entitiesFrom<Membership>(this, raw as object[])[0];
  }
}

function nameOf(name: unknown, email: string): string {
  if (name === undefined) return email.slice(0, email.indexOf('@')).slice(0, LONGEST_NAME);
  return checkedText('name', name, LONGEST_NAME);
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  throw new InvalidInputError({
    problem: `${name} is none of ${choices.join(', ')}`,
    mend: 'Choose one of them',
  });
}
