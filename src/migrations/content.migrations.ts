import { CreateContent1767225600010 } from './1767225600010-create-content.js';
import { UnpublishContentOfDeletedOrganizations1767225601010 } from './1767225601010-unpublish-content-of-deleted-organizations.js';
import type { MigrationClass } from './migration-class.js';

export const CONTENT_MIGRATIONS: readonly MigrationClass[] = [
  CreateContent1767225600010,
  UnpublishContentOfDeletedOrganizations1767225601010,
];
