import { Audit } from './audit/audit.js';
import { AuditPartitions } from './audit/audit-partitions.js';
import { AuditHistory } from './audit/history/audit-history.js';
import { ARTIFACTS_REPOSITORIES } from './repositories/artifacts/artifacts.repositories.js';
import { BILLING_REPOSITORIES } from './repositories/billing/billing.repositories.js';
import { CONTENT_REPOSITORIES } from './repositories/content/content.repositories.js';
import { CONVERSATIONS_REPOSITORIES } from './repositories/conversations/conversations.repositories.js';
import { COSTS_REPOSITORIES } from './repositories/costs/costs.repositories.js';
import type { RepositoryClass } from './repositories/domain.repository.js';
import { IDENTITY_REPOSITORIES } from './repositories/identity/identity.repositories.js';
import { MEMORY_REPOSITORIES } from './memory/memory.repositories.js';
import { PLATFORM_REPOSITORIES } from './repositories/platform/platform.repositories.js';
import { PROJECTS_REPOSITORIES } from './repositories/projects/projects.repositories.js';
import { STUDIES_REPOSITORIES } from './repositories/studies/studies.repositories.js';
import { TOOLS_REPOSITORIES } from './repositories/tools/tools.repositories.js';
import { DeletedRows } from './soft-delete/deleted-rows.js';
import { SoftDeletePurge } from './soft-delete/purge/soft-delete-purge.js';
import { RetentionHolds } from './soft-delete/retention-holds.js';

/** Every repository and service of the shipped schema; each is injected by its class. */
export const DOMAIN_REPOSITORIES: readonly RepositoryClass[] = [
  Audit,
  AuditHistory,
  AuditPartitions,
  DeletedRows,
  RetentionHolds,
  SoftDeletePurge,
  ...IDENTITY_REPOSITORIES,
  ...PLATFORM_REPOSITORIES,
  ...COSTS_REPOSITORIES,
  ...STUDIES_REPOSITORIES,
  ...PROJECTS_REPOSITORIES,
  ...CONVERSATIONS_REPOSITORIES,
  ...ARTIFACTS_REPOSITORIES,
  ...TOOLS_REPOSITORIES,
  ...BILLING_REPOSITORIES,
  ...CONTENT_REPOSITORIES,
  ...MEMORY_REPOSITORIES,
];
