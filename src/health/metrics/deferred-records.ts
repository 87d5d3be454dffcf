import type { Histogram } from '@opentelemetry/api';
import type { StatementAttributes } from './statement-attributes.js';

const MOST_WAITING = 256;

/**
 * Values that are still to be recorded. One by one, between two statements, a record costs several
 * times what it costs in a row; and nobody reads a histogram before it is collected.
 */
export class DeferredRecords {
  private readonly histograms: Histogram[] = [];
  private readonly seconds = new Float64Array(MOST_WAITING);
  private readonly attributes: StatementAttributes[] = [];
  private count = 0;

  add(histogram: Histogram, seconds: number, attributes: StatementAttributes): void {
    const at = this.count++;
    // In place: lists that grew and shrank would be made anew each time.
    this.histograms[at] = histogram;
    this.seconds[at] = seconds;
    this.attributes[at] = attributes;
    if (this.count === MOST_WAITING) this.flush();
  }

  flush(): void {
    const { count } = this;
    this.count = 0;
    for (let at = 0; at < count; at++) {
      this.histograms[at]?.record(this.seconds[at] as number, this.attributes[at]);
    }
  }
}
