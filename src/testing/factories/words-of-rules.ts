import { getMetadataStorage } from 'class-validator';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

interface Rule {
  readonly name?: string | undefined;
  readonly propertyName: string;
  readonly constraints: readonly unknown[] | undefined;
}

/** Values that the rules of a property name themselves: a list, a length, a smallest number. */
export function wordsOfRules(column: ColumnMetadata, count: number): unknown[] {
  const { target } = column.entityMetadata;
  if (typeof target !== 'function' || column.embeddedMetadata) return [];
  const rules = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
  return (rules as unknown as Rule[])
    .filter((rule) => rule.propertyName === column.propertyName)
    .flatMap((rule) => wordsOf(rule, count));
}

function wordsOf({ name, constraints }: Rule, count: number): unknown[] {
  const [first, second] = constraints ?? [];
  switch (name) {
    case 'isIn':
    case 'equals':
      return [first].flat();
    case 'isEnum':
      return Object.values(first as object);
    case 'minLength':
      return [ofLength(Number(first), count)];
    case 'isLength':
      return [ofLength(Number(second ?? first), count), ofLength(Number(first), count)];
    case 'maxLength':
      return [ofLength(Math.min(Number(first), 12), count)];
    case 'min':
      return [Number(first), Number(first) + (count % 1_000)];
    case 'max':
      return [Number(first), Number(first) - (count % 1_000)];
    case 'isPositive':
      return [count + 1];
    case 'isPhoneNumber':
    case 'isMobilePhone':
      return [`+43660${String(count).padStart(7, '0')}`];
    case 'isDateString':
    case 'isIso8601':
      return ['2026-01-01T12:00:00.000Z'];
    case 'isHexColor':
      return ['#336699'];
    default:
      return [];
  }
}

function ofLength(length: number, count: number): string {
  return String(count).padStart(Math.max(length, 1), 'x').slice(-Math.max(length, 1));
}
