import type { EntityMetadata } from 'typeorm';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import type { Finding } from '../finding.js';

/**
 * What Citus would refuse about one table, or do in another way than a single server. References to
 * another machine, and those that would empty the tenant, are refused of every entity already.
 */
export function tableRefusals(
  metadata: EntityMetadata,
  defaultSchema: string,
  isDistributed: (one: EntityMetadata) => boolean,
  triggers: readonly string[],
): Finding[] {
  const subject = `${metadata.schema ?? defaultSchema}.${metadata.tableName}`;
  const told = isDistributed(metadata)
    ? [...keyRefusals(metadata), ...triggerRefusals(triggers)]
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
