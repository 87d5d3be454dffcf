import { type DataSource, IsNull } from 'typeorm';
import { EVERY_PERMISSION, Role } from '../../entities/identity/role.entity.js';
import { UserRole } from '../../entities/identity/user-role.entity.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedId, checkedText } from '../checked-input.js';
import { DomainRepository, type NewRow, type RowChanges } from '../domain.repository.js';
import { TenantRepository } from '../tenant.repository.js';
import { checkedWords } from './checked-words.js';

export interface RolePlace {
  /** Left out: everywhere in the tenant. */
  readonly workspaceId?: string;
}

const LONGEST_PERMISSION = 100;

/** Who may do what. Deleting a role takes it from everybody; restoring it gives it back. */
export class RoleRepository extends DomainRepository<Role> {
  constructor(source: DataSource) {
    super(Role, source);
  }

  override async create(values: NewRow<Role>): Promise<Role> {
    const permissions = checkedWords(
      'permissions',
      checkedObject('The new Role', values).permissions ?? [],
    );
    return super.create({ ...(values as object), permissions });
  }

  override async update(id: string, changes: RowChanges<Role>): Promise<Role> {
    if (changes?.permissions === undefined) return super.update(id, changes);
    const permissions = checkedWords('permissions', changes.permissions);
    return super.update(id, { ...(changes as object), permissions });
  }

  /** Gives a role; to give it twice changes nothing. */
  async grant(userId: string, roleId: string, place: RolePlace = {}): Promise<void> {
    const values = checkedGrant(userId, roleId, place);
    await this.manager
      .createQueryBuilder()
      .insert()
      .into(UserRole)
      .values(values)
      .orIgnore()
      .execute();
  }

  /** Takes a role away; false if the person did not have it there. */
  async revoke(userId: string, roleId: string, place: RolePlace = {}): Promise<boolean> {
    const { workspaceId, ...grant } = checkedGrant(userId, roleId, place);
    const held = await this.manager.findOne(UserRole, {
      where: { ...grant, workspaceId: workspaceId ?? IsNull() },
      select: { id: true },
    });
    if (!held) return false;
    const { affected } = await new TenantRepository(UserRole, this.manager).softDelete({
      id: held.id,
    });
    return affected === 1;
  }

  /** The roles that a person holds: everywhere, and in the workspace if one is named. */
  async rolesOf(userId: string, place: RolePlace = {}): Promise<Role[]> {
    const workspaceId = checkedPlace(place);
    const held = this.manager
      .createQueryBuilder(UserRole, 'held')
      .select('held.roleId')
      .innerJoin('held.user', 'member', "member.state = 'active' AND member.deletedAt IS NULL")
      .where('held.userId = :userId', { userId: checkedId('userId', userId) })
      .andWhere(
        workspaceId
          ? '(held.workspaceId IS NULL OR held.workspaceId = :workspaceId)'
          : 'held.workspaceId IS NULL',
        { workspaceId },
      );
    return this.createQueryBuilder('role')
      .where(`role.id IN (${held.getQuery()})`)
      .setParameters(held.getParameters())
      .orderBy('role.name')
      .getMany();
  }

  /** What a person may do. Nothing, while the membership is not active. */
  async permissionsOf(userId: string, place: RolePlace = {}): Promise<string[]> {
    const roles = await this.rolesOf(userId, place);
    return [...new Set(roles.flatMap((role) => role.permissions))].toSorted();
  }

  async can(userId: string, permission: string, place: RolePlace = {}): Promise<boolean> {
    const asked = checkedText('permission', permission, LONGEST_PERMISSION);
    const held = await this.permissionsOf(userId, place);
    return held.includes(asked) || held.includes(EVERY_PERMISSION);
  }
}

function checkedPlace(place: RolePlace): string | null {
  const { workspaceId } = checkedObject('place', place);
  return workspaceId === undefined ? null : checkedId('workspaceId', workspaceId);
}

function checkedGrant(userId: string, roleId: string, place: RolePlace) {
  return {
    userId: checkedId('userId', userId),
    roleId: checkedId('roleId', roleId),
    workspaceId: checkedPlace(place),
  };
}
