import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeLedger } from '../../../src/audit/orm/change-ledger.js';

describe('what a transaction has changed so far', () => {
  let ledger: ChangeLedger;

  const add = (text: string) =>
    ledger.add([{ text, entity: 'Note', scope: undefined, warns: false }]);
  const taken = () => ledger.take().map((change) => change.text);

  beforeEach(() => {
    ledger = new ChangeLedger();
    ledger.begin();
    add('a');
  });

  it('is taken once, in the order of the changes', () => {
    ledger.open('one');
    add('b');
    expect(taken()).toEqual(['a', 'b']);
    expect(taken()).toEqual([]);
    add('c');
    expect(taken()).toEqual(['c']);
  });

  it('keeps what savepoints kept, those in between as well', () => {
    ledger.open('one');
    add('b');
    ledger.open('two');
    add('c');
    ledger.release('one');
    add('d');
    ledger.undoTo('two');
    expect(taken()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('loses what was undone, and the savepoint itself stays', () => {
    ledger.open('one');
    add('b');
    ledger.open('two');
    add('c');
    ledger.undoTo('one');
    add('d');
    ledger.undoTo('one');
    add('e');
    expect(taken()).toEqual(['a', 'e']);
  });

  it('goes by the newest of two savepoints of a name', () => {
    ledger.open('same');
    add('b');
    ledger.open('same');
    add('c');
    ledger.undoTo('same');
    ledger.release('same');
    expect(taken()).toEqual(['a', 'b']);
  });

  it('is not touched by a savepoint that nobody opened', () => {
    ledger.release('none');
    ledger.undoTo('');
    expect(taken()).toEqual(['a']);
  });

  it('is gone with its end', () => {
    ledger.open('one');
    ledger.end();
    expect(taken()).toEqual([]);
    expect(ledger.isOpen).toBe(false);
    ledger.end(true);
    expect(ledger.isOpen).toBe(true);
  });
});
