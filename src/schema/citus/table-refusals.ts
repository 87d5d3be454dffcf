import type { EntityMetadata } from 'typeorm';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import type { Finding } from '../finding.js';

/** What Citus would refuse about one table, or do in another way than a single server. */
export function tableRefusals(
  metadata: EntityMetadata,
  defaultSchema: string,
  isDistributed: (one: EntityMetadata) => boolean,
  triggers: readonly string[],
): Finding[] {
  const subject = `${metadata.schema ?? defaultSchema}.${metadata.tableName}`;
  const told = isDistributed(metadata)
    ? [
        ...keyRefusals(metadata),
        ...referenceRefusals(metadata, isDistributed),
        ...triggerRefusals(triggers),
      ]
    : sharedRefusals(metadata, isDistributed);
  return told.map((one) => ({ ...one, severity: 'error', subject, mend: [] }));
}

type Told = Pick<Finding, 'rule' | 'problem' | 'advice'>;

function keyRefusals(metadata: EntityMetadata): Told[] {
  const keys = [
    { name: 'the primary key', columns: metadata.primaryColumns },
    ...metadata.uniques.map(({ name, columns }) => ({ name: `the unique key ${name}`, columns })),
    ...metadata.indices
      .filter(({ isUnique }) => isUnique)
      .map(({ name, columns }) => ({ name: `the unique index ${name}`, columns })),
    ...metadata.exclusions
      .filter(({ expression }) => !new RegExp(`\\b${TENANT_COLUMN}\\b`).test(expression))
      .map(({ name }) => ({ name: `the exclusion ${name}`, columns: [] })),
  ];
  return keys
    .filter(({ columns }) => columns.every(({ databaseName }) => databaseName !== TENANT_COLUMN))
    .map(({ name }) => ({
      rule: 'citus-unique',
      problem: `${name} does not hold ${TENANT_COLUMN}, and no machine sees the rows of the others`,
      advice: `Put ${TENANT_COLUMN} into it, as @UniqueActive does`,
    }));
}

function referenceRefusals(
  metadata: EntityMetadata,
  isDistributed: (one: EntityMetadata) => boolean,
): Told[] {
  return metadata.foreignKeys.flatMap(
    ({ name, columns, onDelete, referencedEntityMetadata: to }) => {
      const hasTenant = columns.some(({ databaseName }) => databaseName === TENANT_COLUMN);
      const told: Told[] = [];
      if (hasTenant && /^SET (?:NULL|DEFAULT)$/.test(onDelete ?? '')) {
        told.push({
          rule: 'citus-set-null',
          problem: `${name} is ON DELETE ${onDelete}, which Citus does not do where ${TENANT_COLUMN} is part of the reference`,
          advice: 'Use RESTRICT or CASCADE, and empty the reference in the application',
        });
      }
      if (isDistributed(to) && !hasTenant) {
        told.push({
          rule: 'citus-reference',
          problem: `${name} could lead to a row on another machine`,
          advice: 'Declare the reference with @TenantManyToOne',
        });
      }
      return told;
    },
  );
}

function sharedRefusals(
  metadata: EntityMetadata,
  isDistributed: (one: EntityMetadata) => boolean,
): Told[] {
  return metadata.foreignKeys
    .filter(({ referencedEntityMetadata: to }) => isDistributed(to))
    .map(({ name, referencedEntityMetadata: to }) => ({
      rule: 'citus-shared-reference',
      problem: `${name} leads from a table that each machine has to ${to.tableName}, of which each has a part`,
      advice: 'Make it a tenant table, or keep the id without a reference',
    }));
}

function triggerRefusals(triggers: readonly string[]): Told[] {
  return triggers.map((trigger) => ({
    rule: 'citus-trigger',
    problem: `${trigger}, and Citus has no triggers on distributed tables unless citus.enable_unsafe_triggers is on`,
    advice: adviceFor(trigger),
  }));
}

function adviceFor(trigger: string): string {
  if (trigger.startsWith('the audit log')) return "Set audit: { capture: 'orm' }";
  if (trigger.startsWith('deleted owners')) return 'Set softDelete: { ownerTriggers: false }';
  return 'Row triggers work on the shards with that setting; try them there, or do it in the application';
}
