import { IsOptional, ValidateIf } from 'class-validator';
import type { ColumnOptions } from 'typeorm';

/** What every kind of column may be given. */
export interface CommonOptions {
  readonly nullable?: boolean;
  /** Never selected unless asked for by name: hashes and secrets. */
  readonly hidden?: boolean;
}

export function commonOptions(options: CommonOptions): ColumnOptions {
  return {
    ...(options.nullable ? { nullable: true } : {}),
    ...(options.hidden ? { select: false } : {}),
  };
}

/** A nullable column takes null and is left out freely; another may be left out, but never null. */
export function mayBeEmpty(options: CommonOptions): PropertyDecorator {
  return options.nullable
    ? IsOptional()
    : ValidateIf((_row: object, value: unknown) => value !== undefined);
}
