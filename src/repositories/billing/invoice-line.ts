import type { InvoiceLineItem } from '../../entities/billing/invoice-line-item.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { NewRow } from '../domain.repository.js';
import { exactText, millionths, roundedProduct } from './exact-number.js';

/** One line as a caller tells it; the amount follows. */
export interface InvoiceLine {
  readonly description: string;
  readonly unitPrice: string;
  /** Default '1'. */
  readonly quantity?: string;
  /** A fraction: '0.19' is 19 %. Default '0'. */
  readonly taxRate?: string;
}

const MOST_LINES = 5_000;

/** Rows for the lines, numbered from `first`. */
export function rowsOfLines(
  invoiceId: string,
  lines: readonly InvoiceLine[],
  first: number,
): NewRow<InvoiceLineItem>[] {
  if (!Array.isArray(lines) || lines.length > MOST_LINES) {
    throw new InvalidInputError({
      problem: `The lines are no list of at most ${MOST_LINES} lines`,
      mend: 'Pass [{ description, unitPrice, quantity, taxRate }]; nothing was written',
    });
  }
  return lines.map((line: InvoiceLine | null | undefined, at) => {
    const { description, unitPrice, quantity = '1', taxRate = '0' } = line ?? ({} as InvoiceLine);
    checkDescription(description);
    const price = millionths('unitPrice', unitPrice);
    const count = millionths('quantity', quantity);
    return {
      invoiceId,
      position: first + at,
      description,
      unitPrice: exactText(price),
      quantity: exactText(count),
      taxRate: exactText(millionths('taxRate', taxRate)),
      amount: exactText(roundedProduct(count, price)),
    };
  });
}

function checkDescription(description: unknown): void {
  if (typeof description === 'string' && description.trim() !== '') return;
  throw new InvalidInputError({
    problem: 'A line has no description',
    mend: 'Say what is charged for; nothing was written',
  });
}
