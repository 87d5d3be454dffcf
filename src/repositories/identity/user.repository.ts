import type { DataSource } from 'typeorm';
import type { Membership } from '../../entities/identity/membership.entity.js';
import { User } from '../../entities/identity/user.entity.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { checkedEmail } from './checked-words.js';
import { type Invitation, MembershipRepository } from './membership.repository.js';
import { newPersonId } from './person-by-email.js';

/**
 * People. A tenant sees those who belong to it; to create, change or delete a person is system
 * work, because the person may belong to other tenants too.
 */
export class UserRepository extends DomainRepository<User> {
  private readonly memberships: MembershipRepository;

  constructor(source: DataSource) {
    super(User, source);
    this.memberships = new MembershipRepository(source);
  }

  override create(values: NewRow<User>): Promise<User> {
    return super.create({ id: newPersonId(), ...(values as object) });
  }

  /** However the address was typed. */
  async findByEmail(email: string): Promise<User | null> {
    return this.findOne({ where: { email: checkedEmail(email) } });
  }

  /**
   * Makes somebody an active member of the tenant in hand: a person who is known here by the
   * address stays one person with one login. Members see each other's names, so let whoever asks
   * for this prove that the person agrees, and use MembershipRepository.invite where nobody has.
   */
  createMember(person: Invitation): Promise<Membership> {
    return this.memberships.add(person, 'active');
  }
}
