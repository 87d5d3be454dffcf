import { Check, type EntityMetadata } from 'typeorm';

interface DeclaredRule {
  readonly entity: Function;
  readonly expression: string;
  readonly meaning: string;
}

const declared: DeclaredRule[] = [];

/** A CHECK that the database enforces, with the sentence that its violation is told in. */
export function Rule(meaning: string, expression: string): ClassDecorator {
  return (entity: Function) => declareRule(entity, meaning, expression);
}

export function declareRule(entity: Function, meaning: string, expression: string): void {
  Check(expression)(entity);
  declared.push({ entity, expression, meaning });
}

/** What the constraint of this name is there for; undefined for those that say nothing. */
export function meaningOf(metadata: EntityMetadata, constraint: string): string | undefined {
  const check = metadata.checks.find((one) => one.name === constraint);
  return declared.find(
    (rule) =>
      rule.expression === check?.expression &&
      typeof metadata.target === 'function' &&
      (metadata.target === rule.entity || metadata.target.prototype instanceof rule.entity),
  )?.meaning;
}
