import { IsEmail, IsString, IsUrl, Length, Matches } from 'class-validator';
import { Column } from 'typeorm';
import { type CommonOptions, commonOptions, mayBeEmpty } from './column-options.js';

export interface TextOptions extends CommonOptions {
  /** Default 1 where the text is required, 0 where it may be null. */
  readonly min?: number;
  /** Default 500. */
  readonly max?: number;
  readonly default?: string;
  readonly format?: 'email' | 'url' | 'slug';
  readonly matches?: RegExp;
}

const DEFAULT_MAX = 500;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A text whose length, and form, is checked before it is written. */
export function TextColumn(options: TextOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    Column({
      type: 'text',
      ...commonOptions(options),
      ...(options.default === undefined ? {} : { default: options.default }),
    })(prototype, key);
    const shortest = options.min ?? (options.nullable ? 0 : 1);
    const rules = [
      mayBeEmpty(options),
      IsString(),
      Length(shortest, options.max ?? DEFAULT_MAX),
      ...formatOf(options),
    ];
    for (const rule of rules) rule(prototype, key);
  };
}

function formatOf({ format, matches }: TextOptions): PropertyDecorator[] {
  const rules: PropertyDecorator[] = matches ? [Matches(matches)] : [];
  if (format === 'email') rules.push(IsEmail());
  if (format === 'url') rules.push(IsUrl({ require_tld: false }));
  if (format === 'slug') {
    rules.push(Matches(SLUG, { message: '$property has to be words of a-z and 0-9, joined by -' }));
  }
  return rules;
}
