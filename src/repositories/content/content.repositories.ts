import type { RepositoryClass } from '../domain.repository.js';
import { ContentRepository } from './content.repository.js';
import { MediaItemRepository } from './media-item.repository.js';
import { OrganizationRepository } from './organization.repository.js';

export const CONTENT_REPOSITORIES: readonly RepositoryClass[] = [
  OrganizationRepository,
  MediaItemRepository,
  ContentRepository,
];
