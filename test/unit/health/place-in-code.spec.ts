import { describe, expect, it } from '@jest/globals';
import { placeInCode } from '../../../src/health/watch/place-in-code.js';

const STACK = `Error: taken
    at placeTaken (file://${process.cwd()}/src/connection/held-connections.ts:37:17)
    at new Promise (<anonymous>)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async PostgresDriver.connect (/app/node_modules/typeorm/driver/postgres/PostgresDriver.js:1:2)
`;

describe('the place in the code', () => {
  it.each([
    [
      '    at async Invoices.list (file:///app/dist/invoices%20old.js:12:34)',
      '/app/dist/invoices old.js:12:34',
    ],
    ['    at /app/dist/invoices.js:12:34', '/app/dist/invoices.js:12:34'],
    ['    at async /app/dist/invoices.js:12:34', '/app/dist/invoices.js:12:34'],
    [
      '    at Object.<anonymous> (C:\\app\\dist\\invoices.js:12:34)',
      'C:\\app\\dist\\invoices.js:12:34',
    ],
  ])('is the first that belongs to the application: %s', (line, place) => {
    expect(placeInCode(`${STACK}${line}\n    at later (/app/dist/main.js:1:1)`)).toBe(place);
  });

  it.each([undefined, '', STACK])('is unknown where the stack does not reach it', (stack) => {
    expect(placeInCode(stack)).toBeUndefined();
  });
});
