import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { TenantContext, requireTenant } from '../../context/tenant-context.js';
import { currentScope } from '../../context/unit-store.js';
import { User } from '../../entities/identity/user.entity.js';

export interface PersonDetails {
  readonly email: string;
  readonly name: string;
}

/**
 * The id of the person with this address, who is created where there is none. The same statements
 * run either way, and nothing else is answered: a tenant must not learn whether it was known.
 */
export function personByEmail(manager: EntityManager, person: PersonDetails): Promise<string> {
  requireTenant(currentScope());
  const { email, name } = person;
  return TenantContext.runAsSystem('a member of a tenant, by address', async () => {
    await manager
      .createQueryBuilder()
      .insert()
      .into(User)
      .values({ id: newPersonId(), email, name })
      .orIgnore()
      .execute();
    const { id } = await manager.findOneOrFail(User, { where: { email }, select: { id: true } });
    return id;
  });
}

/** Not the id that tells when it was made: a tenant would read from it who was here before. */
export function newPersonId(): string {
  return randomUUID();
}
