let answer: Promise<boolean> | undefined;

/**
 * Terminus 12 has a third word, `degraded`. Terminus 11 would drop an indicator that says it, as if
 * nobody had asked. Without Terminus nobody is confused by it.
 */
export function terminusKnowsDegraded(): Promise<boolean> {
  return (answer ??= import('@nestjs/terminus').then(hasThirdWord, () => true));
}

/** Asked of the module itself: what its version number means is not for us to know. */
export function hasThirdWord(terminus: object): boolean {
  const { HealthIndicatorService: Service } = exportsOf(terminus);
  if (!Service) return false;
  return typeof new Service().check('any').degraded === 'function';
}

interface TerminusExports {
  readonly HealthIndicatorService?: new () => { check(key: string): { degraded?: unknown } };
}

/** Names that a CommonJS module re-exports stand in its default export alone. */
function exportsOf(module: object): TerminusExports {
  const { default: whole } = module as { default?: object };
  return { ...whole, ...module };
}
