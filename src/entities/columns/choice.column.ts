import { IsIn } from 'class-validator';
import { Column } from 'typeorm';
import { declareRule } from '../rule.decorator.js';
import { snakeCase } from '../rowguard-naming.strategy.js';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

export interface ChoiceOptions<Value extends string> extends CommonOptions {
  readonly default?: NoInfer<Value>;
}

/** One of a few words: text with a CHECK, since equality of enums is not leakproof under policies. */
export function ChoiceColumn<const Value extends string>(
  values: readonly Value[],
  options: ChoiceOptions<Value> = {},
): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    Column({
      type: 'text',
      ...commonOptions(options),
      ...(options.default === undefined ? {} : { default: options.default }),
    })(prototype, key);
    const list = values.map((value) => `'${value}'`).join(', ');
    declareRule(
      prototype.constructor,
      `${property} is one of ${values.join(', ')}`,
      `"${snakeCase(property)}" IN (${list})`,
    );
    for (const rule of [mayBeEmpty(options), IsIn([...values])]) rule(prototype, key);
  };
}
