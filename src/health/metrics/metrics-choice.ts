import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';

/** Where metrics go, if not to the global meter provider of OpenTelemetry. */
export interface MetricsChoice {
  /** A MeterProvider of OpenTelemetry. */
  readonly meterProvider: { getMeter(name: string, version?: string): object };
}

@ValidatorConstraint()
export class MetricsValue implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'boolean') return true;
    const provider = (value as Partial<MetricsChoice> | null)?.meterProvider;
    return typeof provider?.getMeter === 'function';
  }
  defaultMessage(): string {
    return 'has to be true, false, or an object with a meterProvider of OpenTelemetry';
  }
}
