import type { DataSource, EntityManager } from 'typeorm';
import { TenantContext } from '../../context/tenant-context.js';
import { Membership } from '../../entities/identity/membership.entity.js';
import { User } from '../../entities/identity/user.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';

export interface NewUser {
  readonly email: string;
  /** Default: what stands before the @ of the email. */
  readonly name?: string;
}

/**
 * A person and the membership of the tenant in hand. People are shared rows, so this is system
 * work, with a connection of its own: it is done when it answers, whatever becomes of the
 * transaction around it. Who is known by this email already becomes a member as the person it is.
 */
export async function createMember(source: DataSource, input: NewUser): Promise<User> {
  const { tenantId } = TenantContext.require();
  const email = checkedEmail(input);
  return TenantContext.runAsSystem('a person becomes a member of a tenant', () =>
    source.transaction(async (manager) => {
      const user = await personOf(manager, email, input.name);
      await join(manager, tenantId, user.id);
      return user;
    }),
  );
}

async function personOf(manager: EntityManager, email: string, name?: string): Promise<User> {
  const known = await manager.findOne(User, { where: { email } });
  if (known) return known;
  const user = manager.create(User, { email, name: name ?? email.slice(0, email.indexOf('@')) });
  await manager.save(user);
  return user;
}

async function join(manager: EntityManager, tenantId: string, id: string): Promise<void> {
  const where = { tenantId, id };
  const held = await manager.findOne(Membership, { where, withDeleted: true });
  if (!held) return void (await manager.insert(Membership, where));
  throw new InvalidInputError({
    problem: held.deletedAt
      ? 'This person was a member of the tenant, and was removed'
      : 'This person is a member of the tenant already',
    mend: held.deletedAt ? 'Call restoreUser with the id in given.id' : 'Use the user at given.id',
    given: { id },
  });
}

function checkedEmail(input: NewUser): string {
  const email: unknown = input?.email;
  if (typeof email === 'string' && /^[^@\s]+@[^@\s]+$/.test(email)) return email.toLowerCase();
  throw new InvalidInputError({
    problem: 'The email of the new user is none',
    mend: 'Pass { email, name }, such as { email: "anna@example.com", name: "Anna" }',
  });
}
