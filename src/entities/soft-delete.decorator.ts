import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { MOST_DAYS, isDays } from './kept-days.js';

export const REFERENCE_POLICIES = ['cascade', 'restrict', 'setNull', 'ignore'] as const;

/** What becomes of a row when the row that it names is deleted softly. */
export type ReferencePolicy = (typeof REFERENCE_POLICIES)[number];

export const DELETE_POLICIES = ['soft', 'hard', 'hard-if-unreferenced', 'forbid'] as const;

/** What `delete` and `remove` of a TenantRepository do to the rows of an entity. */
export type DeletePolicy = (typeof DELETE_POLICIES)[number];

export interface SoftDeleteOptions {
  /** Default: `soft`. */
  readonly policy?: DeletePolicy;
  /** How long a deleted row is kept before it may be purged. */
  readonly keep?: { readonly days: number };
}

const KNOWN: readonly string[] = ['policy', 'keep'];
const marks = new WeakMap<Function, SoftDeleteOptions>();
const policies = new WeakMap<Function, Map<string, ReferencePolicy>>();

/** On a reference: what its row does when the row that it names goes. */
export function SoftDelete(policy: ReferencePolicy): PropertyDecorator;
/** On an entity: what deleting one of its rows means. */
export function SoftDelete(options: SoftDeleteOptions): ClassDecorator;
export function SoftDelete(
  given: ReferencePolicy | SoftDeleteOptions,
): ClassDecorator & PropertyDecorator {
  return (target: object, property?: string | symbol) => {
    if (property === undefined) markEntity(target as Function, given);
    else markReference(target.constructor, String(property), given);
  };
}

/** What an entity says of itself; a subclass is deleted like the class that it extends. */
export function softDeleteMark(target: unknown): SoftDeleteOptions | undefined {
  return lineage(target)
    .map((one) => marks.get(one))
    .find((mark) => mark !== undefined);
}

/** What the references of an entity say, by property; those of a subclass win. */
export function referencePolicies(target: unknown): ReadonlyMap<string, ReferencePolicy> {
  const all = lineage(target).toReversed();
  return new Map(all.flatMap((one) => [...(policies.get(one) ?? [])]));
}

function lineage(target: unknown): Function[] {
  const found: Function[] = [];
  for (let one: unknown = target; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
    found.push(one);
  }
  return found;
}

function markEntity(entity: Function, given: unknown): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw refused(
      entity,
      'a class takes an object',
      `Give { policy: 'soft' }, or a policy of a reference to its property`,
    );
  }
  const unknown = Object.keys(given).find((key) => !KNOWN.includes(key));
  if (unknown) throw refused(entity, `${unknown} is no option`, `Give any of ${KNOWN.join(', ')}`);
  const { policy = 'soft', keep } = given as SoftDeleteOptions;
  if (!DELETE_POLICIES.includes(policy)) {
    throw refused(entity, 'the policy is unknown', `Give one of ${DELETE_POLICIES.join(', ')}`);
  }
  if (keep !== undefined && !isDays((keep as { days?: unknown } | null)?.days)) {
    throw refused(
      entity,
      'keep says no number of days',
      `Give keep: { days: 30 }, a whole number from 0 to ${MOST_DAYS}`,
    );
  }
  marks.set(entity, Object.freeze({ ...(given as SoftDeleteOptions) }));
}

function markReference(entity: Function, property: string, given: unknown): void {
  if (!REFERENCE_POLICIES.includes(given as ReferencePolicy)) {
    const mend = `Give one of ${REFERENCE_POLICIES.join(', ')}`;
    throw refused(entity, `the policy of ${property} is unknown`, mend);
  }
  const known = policies.get(entity) ?? new Map<string, ReferencePolicy>();
  policies.set(entity, known.set(property, given as ReferencePolicy));
}

function refused(entity: Function, problem: string, mend: string): EntityRefusedError {
  return new EntityRefusedError({
    problem: `@SoftDelete on ${entity.name}: ${problem}`,
    mend,
    given: { entity: entity.name },
  });
}
