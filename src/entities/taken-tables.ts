import type { EntityMetadata } from 'typeorm';
import { EntityRefusedError } from '../errors/entity-refused.error.js';

/** An entity on a table of the shipped schema would rebuild that table, or be rebuilt by it. */
export function refuseTakenTables(
  metadatas: readonly EntityMetadata[],
  shipped: readonly Function[],
): void {
  const isShipped = ({ target }: EntityMetadata) => shipped.includes(target as Function);
  const taken = new Set(metadatas.filter(isShipped).map((one) => one.tablePath));
  for (const metadata of metadatas) {
    if (isShipped(metadata) || !taken.has(metadata.tablePath)) continue;
    throw new EntityRefusedError({
      problem: `The entity ${metadata.name} has the table ${metadata.tablePath}, which belongs to the shipped schema`,
      mend: 'Give it another table, or leave the domain of that table out of the option schema',
      given: { entity: metadata.name, table: metadata.tablePath },
    });
  }
}
