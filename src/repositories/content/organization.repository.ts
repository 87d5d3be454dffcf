import type { DataSource } from 'typeorm';
import { Organization } from '../../entities/content/organization.entity.js';
import { DomainRepository } from '../domain.repository.js';

/**
 * Organizations. Deleting one unpublishes its content, deleting it for good lets its content and
 * media go; the database does both, see DATABASE_TRIGGERS.
 */
export class OrganizationRepository extends DomainRepository<Organization> {
  constructor(source: DataSource) {
    super(Organization, source);
  }

  findBySlug(slug: string): Promise<Organization | null> {
    return this.findOne({ where: { slug } });
  }

  findByOwner(ownerId: string): Promise<Organization[]> {
    return this.find({ where: { ownerId }, order: { id: 'ASC' } });
  }
}
