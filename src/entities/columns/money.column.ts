import { Matches } from 'class-validator';
import { Column } from 'typeorm';
import { declareRule } from '../rule.decorator.js';
import { snakeCase } from '../rowguard-naming.strategy.js';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

export interface MoneyOptions extends CommonOptions {
  readonly default?: string;
  /** Refunds and corrections are below zero. Default: false. */
  readonly signed?: boolean;
}

const AMOUNT = /^\d{1,12}(?:\.\d{1,6})?$/;
const SIGNED_AMOUNT = /^-?\d{1,12}(?:\.\d{1,6})?$/;

/** An amount, as text, because a JavaScript number loses cents: numeric(18,6). */
export function MoneyColumn(options: MoneyOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    Column({
      type: 'numeric',
      precision: 18,
      scale: 6,
      ...commonOptions(options),
      ...(options.default === undefined ? {} : { default: options.default }),
    })(prototype, key);
    const form = Matches(options.signed ? SIGNED_AMOUNT : AMOUNT, {
      message: `$property has to be an amount as text, such as '12.50'`,
    });
    for (const rule of [mayBeEmpty(options), form]) rule(prototype, key);
    if (options.signed) return;
    const column = snakeCase(property);
    declareRule(prototype.constructor, `${property} is at least 0`, `"${column}" >= 0`);
  };
}

/** Three capital letters of ISO 4217. */
export function CurrencyColumn(options: { readonly default?: string } = {}): PropertyDecorator {
  return (prototype, key) => {
    const property = String(key);
    Column({ type: 'text', default: options.default ?? 'USD' })(prototype, key);
    const form = Matches(/^[A-Z]{3}$/, { message: '$property has to be a code such as EUR' });
    for (const rule of [mayBeEmpty({}), form]) rule(prototype, key);
    declareRule(
      prototype.constructor,
      `${property} is a currency code`,
      `"${snakeCase(property)}" ~ '^[A-Z]{3}$'`,
    );
  };
}
