import { describe, expect, it } from '@jest/globals';
import { transactionStep } from '../../../src/audit/orm/transaction-step.js';

describe('the step that a statement takes in its transaction', () => {
  it.each([
    ['BEGIN', 'begin'],
    ['begin isolation level serializable', 'begin'],
    ['START TRANSACTION READ ONLY', 'begin'],
    ['commit', 'commit'],
    [' ;COMMIT WORK;', 'commit'],
    ['end', 'commit'],
    ['/* a /* nested */ comment */ commit', 'commit'],
    ['-- a line\r end transaction', 'commit'],
    [`${' '.repeat(500)}commit`, 'commit'],
    [`prepare transaction 'x'`, 'commit'],
    ['rollback', 'rollback'],
    ['abort', 'rollback'],
    ['ROLLBACK AND NO CHAIN', 'rollback'],
  ])('is seen in %j', (text, kind) => {
    expect(transactionStep(text)).toEqual({ kind, chains: false });
  });

  it.each([
    ['commit and chain', 'commit'],
    ['rollback work and  chain', 'rollback'],
  ])('begins another one: %j', (text, kind) => {
    expect(transactionStep(text)).toEqual({ kind, chains: true });
  });

  it.each([
    ['savepoint one', 'savepoint', 'one'],
    ['SAVEPOINT One', 'savepoint', 'one'],
    ['savepoint "On""e"', 'savepoint', 'On"e'],
    ['savepoint ключ', 'savepoint', 'ключ'],
    ['release one', 'release', 'one'],
    ['RELEASE SAVEPOINT typeorm_1', 'release', 'typeorm_1'],
    ['rollback to one', 'undo', 'one'],
    ['ROLLBACK TRANSACTION TO SAVEPOINT "to"', 'undo', 'to'],
    ['rollback work to savepoint one;', 'undo', 'one'],
  ])('names its savepoint: %j', (text, kind, savepoint) => {
    expect(transactionStep(text)).toEqual({ kind, savepoint });
  });

  it.each([
    'select 1',
    'update commit set x = 1',
    '/* commit */ select 1',
    'prepare x as select 1',
    'ending',
  ])('is none: %j', (text) => {
    expect(transactionStep(text)).toBeUndefined();
  });
});
