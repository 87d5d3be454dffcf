import { Brackets, type DataSource } from 'typeorm';
import { Membership } from '../../entities/identity/membership.entity.js';
import {
  type PermissionEffect,
  ToolPermission,
} from '../../entities/tools/tool-permission.entity.js';
import { AccessDeniedError } from '../../errors/access-denied.error.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import { holdTool } from './held-tool.js';

/** Everyone of the tenant, whoever has a role, or one member. */
export type ToolSubject = 'everyone' | { readonly role: string } | { readonly memberId: string };

export interface RolesOfPerson {
  /** The names of the roles that the person has. */
  readonly roles?: readonly string[];
}

type SubjectColumns = Pick<ToolPermission, 'subjectKind'> &
  Partial<Pick<ToolPermission, 'roleName' | 'memberId'>>;

/** Who may call which tool. Nobody, unless it is allowed; and whoever is denied, may not. */
export class ToolPermissionRepository extends DomainRepository<ToolPermission> {
  constructor(source: DataSource) {
    super(ToolPermission, source);
  }

  allow(toolId: string, subject: ToolSubject): Promise<ToolPermission> {
    return this.decide(toolId, subject, 'allow');
  }

  /** Stronger than any permission that the person has in another way. */
  deny(toolId: string, subject: ToolSubject): Promise<ToolPermission> {
    return this.decide(toolId, subject, 'deny');
  }

  /** Takes back what was allowed or denied. */
  revoke(toolId: string, subject: ToolSubject): Promise<void> {
    return this.transaction(async () => {
      await holdTool(this.manager, toolId);
      const found = await this.findOneBy({ toolId, ...columnsOf(subject) } as never);
      if (!found) throw notFound(this.metadata.name);
      await this.softDelete({ id: found.id });
    });
  }

  /** Only active members may; a deny wins over every allow. */
  async isAllowed(toolId: string, userId: string, person: RolesOfPerson = {}): Promise<boolean> {
    const { roles = [] } = checkedObject('person', person);
    const answer = await this.createQueryBuilder('permission')
      .select(`bool_or(permission.effect = 'allow')`, 'allowed')
      .addSelect(`bool_or(permission.effect = 'deny')`, 'denied')
      .innerJoin('permission.tool', 'tool', 'tool.deletedAt IS NULL')
      .innerJoin(
        Membership,
        'person',
        `person.id = :userId AND person.state = 'active' AND person.deletedAt IS NULL`,
      )
      .where({ toolId })
      .andWhere(
        new Brackets((subject) =>
          subject
            .where(`permission.subjectKind = 'everyone'`)
            .orWhere('permission.memberId = person.id')
            .orWhere('permission.roleName = ANY(:roles::text[])'),
        ),
      )
      .setParameters({ userId, roles: [...roles] })
      .getRawOne<{ allowed: boolean | null; denied: boolean | null }>();
    return answer?.allowed === true && answer.denied === false;
  }

  /** Nothing, or AccessDeniedError. */
  async requireAllowed(toolId: string, userId: string, person: RolesOfPerson = {}): Promise<void> {
    if (await this.isAllowed(toolId, userId, person)) return;
    throw new AccessDeniedError({
      problem: 'The person may not call this tool',
      mend: 'Allow it to everyone, to a role of the person or to the member, and look for a deny, which wins',
      given: { toolId, userId },
    });
  }

  private decide(
    toolId: string,
    subject: ToolSubject,
    effect: PermissionEffect,
  ): Promise<ToolPermission> {
    return this.transaction(async () => {
      const columns = columnsOf(subject);
      await holdTool(this.manager, toolId);
      const [changed] = await this.updateReturning({ toolId, ...columns } as never, { effect });
      return changed ?? this.create({ toolId, ...columns, effect });
    });
  }
}

function columnsOf(subject: ToolSubject): SubjectColumns {
  if (subject === 'everyone') return { subjectKind: 'everyone' };
  if (typeof subject === 'object' && subject !== null) {
    if ('role' in subject && typeof subject.role === 'string' && subject.role !== '')
      return { subjectKind: 'role', roleName: subject.role };
    if ('memberId' in subject && typeof subject.memberId === 'string')
      return { subjectKind: 'member', memberId: subject.memberId };
  }
  throw new InvalidInputError({
    problem: 'It is not said who the permission is for',
    mend: "Pass 'everyone', { role: 'editor' } or { memberId }",
  });
}
