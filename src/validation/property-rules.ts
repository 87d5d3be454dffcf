import {
  type MetadataStorage,
  type ValidationArguments,
  ValidationTypes,
  type ValidatorConstraintInterface,
  getMetadataStorage,
} from 'class-validator';
import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { nestedProblems } from './nested-problems.js';
import { type Message, problemText } from './problem-text.js';

export type RuleMetadata = ReturnType<MetadataStorage['getTargetValidationMetadatas']>[number];

interface Constraint {
  readonly name: string;
  readonly rule: RuleMetadata;
  readonly instance: ValidatorConstraintInterface;
}

type Condition = (owner: object, value: unknown) => unknown;

/**
 * The rules of one property, in the order and with the meaning that class-validator gives them.
 * Looked up once: its own validateSync does so for each row, which is what makes it slow.
 */
export class PropertyRules {
  private readonly conditions: readonly Condition[];
  private readonly constraints: readonly Constraint[];
  private readonly nested: readonly RuleMetadata[];

  constructor(
    private readonly target: string,
    readonly property: string,
    rules: readonly RuleMetadata[],
  ) {
    const of = (type: string) => rules.filter((rule) => rule.type === type);
    this.conditions = of(ValidationTypes.CONDITIONAL_VALIDATION).map(
      (rule) => rule.constraints[0] as Condition,
    );
    this.nested = of(ValidationTypes.NESTED_VALIDATION);
    if (of(ValidationTypes.PROMISE_VALIDATION).length > 0) throw this.asynchronous();
    const checks = [...of(ValidationTypes.IS_DEFINED), ...of(ValidationTypes.CUSTOM_VALIDATION)];
    this.constraints = checks.flatMap((rule) => this.constraintsOf(rule));
  }

  /** One sentence for each rule that the value breaks. `owner`: the row, for rules that look at it. */
  problemsOf(owner: object, value: unknown, withNested = true): string[] {
    if (!this.conditions.every((condition) => condition(owner, value))) return [];
    const found: string[] = [];
    for (const { rule, instance, name } of this.constraints) {
      if (rule.validateIf && !rule.validateIf(owner, value)) continue;
      const given: ValidationArguments = {
        targetName: this.target,
        property: this.property,
        object: owner,
        value,
        constraints: rule.constraints,
      };
      if (this.holds(rule, instance, value, given)) continue;
      const byDefault = instance.defaultMessage?.bind(instance);
      found.push(problemText(rule.message as Message, byDefault, name, given));
    }
    if (withNested && this.nested.length > 0 && value !== undefined) {
      found.push(...nestedProblems(this.property, value));
    }
    return found;
  }

  private holds(
    rule: RuleMetadata,
    instance: ValidatorConstraintInterface,
    value: unknown,
    given: ValidationArguments,
  ): boolean {
    const isGroup = Array.isArray(value) || value instanceof Set || value instanceof Map;
    if (!rule.each || !isGroup) return this.answer(instance, value, given);
    return [...value.values()].every((one) => this.answer(instance, one, given));
  }

  private answer(
    instance: ValidatorConstraintInterface,
    value: unknown,
    given: ValidationArguments,
  ): boolean {
    const holds = instance.validate(value, given);
    if (typeof holds === 'object') {
      holds.catch(() => undefined);
      throw this.asynchronous();
    }
    return holds;
  }

  private constraintsOf(rule: RuleMetadata): Constraint[] {
    const known = getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls);
    return known.map(({ async, name, instance }) => {
      if (async) throw this.asynchronous();
      return { rule, instance, name: name ?? rule.type };
    });
  }

  private asynchronous(): EntityRefusedError {
    return new EntityRefusedError({
      problem: `${this.target}.${this.property} has an asynchronous rule, which cannot be asked before each write`,
      mend: 'Ask it in a service, or let a constraint of the database hold it',
      given: { entity: this.target, property: this.property },
    });
  }
}
