import type { Defect } from '../../../scripts/mutants.js';

export const POLICIES = 'isolation/policies-alone';
export const PREDICATE = 'isolation/predicate-alone';
export const GUARDS = 'isolation/guards';
export const guard = (test: string) => `the guards between context, entity and connection ${test}`;
export const wall = (test: string) => `row-level security ${test}`;
export const predicate = (test: string) => `the predicate alone ${test}`;

export function defect(
  name: string,
  file: string,
  test: string,
  ...edits: readonly (readonly [file: string, find: string, replace: string])[]
): Defect {
  return {
    name,
    file,
    test,
    edits: edits.map(([path, find, replace]) => ({ file: `src/${path}`, find, replace })),
  };
}

export const SHOWS_OWN = wall('shows a tenant its own rows and no others');
export const OTHER_HANDS = guard('refuse a runner in the hands of another tenant');
export const CONFINED_WHERE =
  /* the line all builders share */ 'return confineWhere(this, source, super.createWhereExpression());';
export const NOT_CONFINED = 'return super.createWhereExpression();';
