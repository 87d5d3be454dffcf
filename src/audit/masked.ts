/** Stands in a diff where a value must not: that there was one is known, what it was is not. */
export const MASKED = '[masked]';
