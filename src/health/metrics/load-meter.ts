import type { Meter } from '@opentelemetry/api';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { MetricsChoice } from './metrics-choice.js';

const NAME = 'nestjs-rowguard';

/** The package is loaded where metrics are asked for, and nowhere else. */
export async function loadMeter(choice: true | MetricsChoice): Promise<Meter> {
  if (choice !== true) return choice.meterProvider.getMeter(NAME) as Meter;
  try {
    const { metrics } = await import('@opentelemetry/api');
    return metrics.getMeter(NAME);
  } catch (cause) {
    throw new InvalidOptionsError({
      problem: 'metrics is true, and the package @opentelemetry/api is not installed',
      mend: 'Run: npm install @opentelemetry/api, or give metrics: { meterProvider }',
      cause,
    });
  }
}
