import { MoneyColumn, type MoneyOptions } from './money.column.js';

/** An exact number that is no amount, such as a quantity or a rate: kept as money is, and as text. */
export function DecimalColumn(options: MoneyOptions = {}): PropertyDecorator {
  return MoneyColumn(options);
}
