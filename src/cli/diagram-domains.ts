import type { EntityMetadata } from 'typeorm';
import { DOMAIN_NAMES, partsOf } from '../domain-catalog.js';
import { UsageError } from '../errors/usage.error.js';
import type { DiagramChoice } from '../schema/diagram/build-diagram.js';
import { suggestion } from './suggestion.js';

/** What an application has beside the shipped domains. */
const OWN = 'own';

/** The tables of one domain, with the ledgers and memories that come with it; or all tables. */
export function diagramChoice(domain: string | undefined): DiagramChoice {
  if (domain === undefined) return { domainOf, isWanted: () => true };
  const names = namesOf(domain);
  return { domainOf, isWanted: (metadata) => names.includes(domainOf(metadata) ?? OWN) };
}

export function noTables(domain: string | undefined): UsageError {
  return new UsageError({
    problem: domain
      ? `The data source has no tables of the domain ${domain}`
      : 'The data source has no tables',
    mend: 'Name the file of your data source with -d, and the domains in its option "schema"',
  });
}

function namesOf(domain: string): string[] {
  const known = [...DOMAIN_NAMES, OWN];
  if (!known.includes(domain)) throw unknownDomain(domain, known);
  const part = partsOf('all').find((one) => one.name === domain);
  const domains: readonly string[] = DOMAIN_NAMES;
  return [domain, ...(part?.brings ?? []).filter((name) => !domains.includes(name))];
}

/** A join table belongs to the domain of its owning side. */
function domainOf(metadata: EntityMetadata): string | null {
  const owner = metadata.foreignKeys[0]?.referencedEntityMetadata;
  const { target } = metadata.tableType === 'junction' && owner ? owner : metadata;
  const part = partsOf('all').find((one) => one.entities.includes(target as Function));
  return part?.name ?? null;
}

function unknownDomain(given: string, known: readonly string[]): UsageError {
  const near = suggestion(given, known);
  return new UsageError({
    problem: `The domain ${JSON.stringify(given)} does not exist`,
    mend: `${near ? `Did you mean ${near}? ` : ''}There are ${known.join(', ')}`,
  });
}
