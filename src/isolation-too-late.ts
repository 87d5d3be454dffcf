import { InvalidInputError } from './errors/invalid-input.error.js';

export function isolationTooLate(): InvalidInputError {
  return new InvalidInputError({
    problem:
      'An isolation level was asked for inside a running transaction, which keeps the one it has',
    mend: 'Name the isolation level where the transaction begins',
  });
}
