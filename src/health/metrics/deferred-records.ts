import type { Histogram } from '@opentelemetry/api';
import type { StatementAttributes } from './statement-attributes.js';

const MOST_WAITING = 256;

/**
 * Values that are still to be recorded. One by one, between two statements, a record costs several
 * times what it costs in a row; and nobody reads a histogram before it is collected.
 */
export class DeferredRecords {
  private readonly histograms: Histogram[] = [];
  private readonly seconds: number[] = [];
  private readonly attributes: StatementAttributes[] = [];

  add(histogram: Histogram, seconds: number, attributes: StatementAttributes): void {
    this.histograms.push(histogram);
    this.seconds.push(seconds);
    if (this.attributes.push(attributes) >= MOST_WAITING) this.flush();
  }

  flush(): void {
    const { histograms, seconds, attributes } = this;
    for (let at = 0; at < histograms.length; at++) {
      histograms[at]?.record(seconds[at] as number, attributes[at]);
    }
    histograms.length = 0;
    seconds.length = 0;
    attributes.length = 0;
  }
}
