import type { EntityMetadata } from 'typeorm';
import { ARTIFACTS_ENTITIES } from './entities/artifacts/artifacts.entities.js';
import { AUDIT_ENTITIES } from './entities/audit/audit.entities.js';
import { BILLING_ENTITIES } from './entities/billing/billing.entities.js';
import { CONTENT_ENTITIES } from './entities/content/content.entities.js';
import { CONVERSATIONS_ENTITIES } from './entities/conversations/conversations.entities.js';
import { COSTS_ENTITIES } from './entities/costs/costs.entities.js';
import { IDENTITY_ENTITIES } from './entities/identity/identity.entities.js';
import { MEMORY_ENTITIES } from './entities/memory/memory.entities.js';
import { PLATFORM_ENTITIES } from './entities/platform/platform.entities.js';
import { PROJECTS_ENTITIES } from './entities/projects/projects.entities.js';
import { RETENTION_ENTITIES } from './entities/retention/retention.entities.js';
import { STUDIES_ENTITIES } from './entities/studies/studies.entities.js';
import { TOOLS_ENTITIES } from './entities/tools/tools.entities.js';
import { ARTIFACTS_MIGRATIONS } from './migrations/artifacts.migrations.js';
import { AUDIT_MIGRATIONS } from './migrations/audit.migrations.js';
import { BILLING_MIGRATIONS } from './migrations/billing.migrations.js';
import { CONTENT_MIGRATIONS } from './migrations/content.migrations.js';
import { CONVERSATIONS_MIGRATIONS } from './migrations/conversations.migrations.js';
import { COSTS_MIGRATIONS } from './migrations/costs.migrations.js';
import { IDENTITY_MIGRATIONS } from './migrations/identity.migrations.js';
import { MEMORY_MIGRATIONS } from './migrations/memory.migrations.js';
import type { MigrationClass } from './migrations/migration-class.js';
import { PLATFORM_MIGRATIONS } from './migrations/platform.migrations.js';
import { PROJECTS_MIGRATIONS } from './migrations/projects.migrations.js';
import { RETENTION_MIGRATIONS } from './migrations/retention.migrations.js';
import { STUDIES_MIGRATIONS } from './migrations/studies.migrations.js';
import { TOOLS_MIGRATIONS } from './migrations/tools.migrations.js';

/** What can be asked for by name. */
export const DOMAIN_NAMES = [
  'identity',
  'studies',
  'projects',
  'conversations',
  'artifacts',
  'tools',
  'billing',
  'content',
  'platform',
] as const;

export type DomainName = (typeof DOMAIN_NAMES)[number];
export type SchemaChoice = 'all' | 'none' | readonly DomainName[];

/** Parts that come with others: the audit log, the holds, the ledger of two domains, what needs an extension. */
type PartName = DomainName | 'audit' | 'costs' | 'memory' | 'retention';

export interface SchemaPart {
  readonly name: PartName;
  readonly entities: readonly Function[];
  readonly migrations: readonly MigrationClass[];
  readonly brings: readonly PartName[];
  /** Left out, with a warning, where the server cannot have this extension, or an older one. */
  readonly extension?: { readonly name: string; readonly from: string };
}

/** From the version on whose indexes go on searching until enough rows pass the filter. */
const PGVECTOR = { name: 'vector', from: '0.8' };

const ALWAYS: readonly PartName[] = ['identity', 'platform'];

/** In the order in which they are created. */
const PARTS: readonly SchemaPart[] = [
  part('audit', AUDIT_ENTITIES, AUDIT_MIGRATIONS),
  part('identity', IDENTITY_ENTITIES, IDENTITY_MIGRATIONS),
  part('platform', PLATFORM_ENTITIES, PLATFORM_MIGRATIONS, ['audit', 'retention']),
  part('retention', RETENTION_ENTITIES, RETENTION_MIGRATIONS),
  part('costs', COSTS_ENTITIES, COSTS_MIGRATIONS),
  part('studies', STUDIES_ENTITIES, STUDIES_MIGRATIONS, ['costs']),
  part('projects', PROJECTS_ENTITIES, PROJECTS_MIGRATIONS, ['costs']),
  part('conversations', CONVERSATIONS_ENTITIES, CONVERSATIONS_MIGRATIONS, ['memory']),
  part('artifacts', ARTIFACTS_ENTITIES, ARTIFACTS_MIGRATIONS),
  part('tools', TOOLS_ENTITIES, TOOLS_MIGRATIONS),
  part('billing', BILLING_ENTITIES, BILLING_MIGRATIONS),
  part('content', CONTENT_ENTITIES, CONTENT_MIGRATIONS),
  { ...part('memory', MEMORY_ENTITIES, MEMORY_MIGRATIONS), extension: PGVECTOR },
];

export function partNamed(name: PartName): SchemaPart {
  return PARTS.find((one) => one.name === name) as SchemaPart;
}

/** An entity of Rowguard itself, or a join table of one. */
export function isShipped(metadata: EntityMetadata): boolean {
  const owner = metadata.foreignKeys[0]?.referencedEntityMetadata;
  const { target } = metadata.tableType === 'junction' && owner ? owner : metadata;
  return PARTS.some((one) => one.entities.includes(target as Function));
}

/** The parts of a choice, with everything that they bring. */
export function partsOf(choice: SchemaChoice): SchemaPart[] {
  const asked: readonly PartName[] = choice === 'all' ? DOMAIN_NAMES : namesOf(choice);
  const wanted = new Set<PartName>();
  const want = (name: PartName) => {
    if (wanted.has(name)) return;
    wanted.add(name);
    PARTS.find((one) => one.name === name)?.brings.forEach(want);
  };
  asked.forEach(want);
  return PARTS.filter((one) => wanted.has(one.name));
}

function namesOf(choice: 'none' | readonly DomainName[]): readonly PartName[] {
  return choice === 'none' || choice.length === 0 ? [] : [...ALWAYS, ...choice];
}

function part(
  name: PartName,
  entities: readonly Function[],
  migrations: readonly MigrationClass[],
  brings: readonly PartName[] = [],
): SchemaPart {
  return { name, entities, migrations, brings };
}
