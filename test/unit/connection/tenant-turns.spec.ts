import { describe, expect, it } from '@jest/globals';
import { TenantTurns, type Turn } from '../../../src/connection/tenant-turns.js';

/** Requests that write down when it was their turn. */
class Desk {
  readonly served: string[] = [];
  private readonly held = new Map<string, Turn>();
  readonly turns: TenantTurns;

  constructor(most: number, mostOfOne?: number) {
    this.turns = new TenantTurns(most, mostOfOne);
  }

  ask(key: string, name = key, isCapped = true): Turn {
    const turn: Turn = {
      key,
      isCapped,
      start: () => {
        this.served.push(name);
        this.held.set(name, turn);
      },
    };
    this.turns.take(turn);
    return turn;
  }

  done(name: string): void {
    const turn = this.held.get(name);
    if (!turn) throw new Error(`${name} has none`);
    this.held.delete(name);
    this.turns.giveBack(turn);
  }
}

describe('the turns of tenants', () => {
  it('nobody waits as long as there is room', () => {
    const desk = new Desk(3);
    for (const name of ['a1', 'a2', 'a3']) desk.ask('a', name);
    expect(desk.served).toEqual(['a1', 'a2', 'a3']);
    expect(desk.turns.waiting).toBe(0);
  });

  it('tenants that wait take turns, and each keeps its own order', () => {
    const desk = new Desk(1);
    desk.ask('x');
    for (const name of ['a1', 'a2', 'a3']) desk.ask('a', name);
    for (const name of ['b1', 'b2']) desk.ask('b', name);
    desk.ask('c', 'c1');
    expect(desk.turns.waiting).toBe(6);
    for (const name of ['x', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']) desk.done(name);
    expect(desk.served).toEqual(['x', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(desk.turns.waiting).toBe(0);
  });

  it('a tenant at its cap waits, and nobody behind it does', () => {
    const desk = new Desk(4, 2);
    for (const name of ['a1', 'a2', 'a3', 'a4']) desk.ask('a', name);
    desk.ask('b', 'b1');
    expect(desk.served).toEqual(['a1', 'a2', 'b1']);
    desk.done('b1');
    expect(desk.served).toEqual(['a1', 'a2', 'b1']);
    desk.done('a2');
    expect(desk.served).toEqual(['a1', 'a2', 'b1', 'a3']);
    expect(desk.turns.waitingOf('a')).toBe(1);
  });

  it('who is past the cap does not stand behind those who wait for it', () => {
    const desk = new Desk(4, 1);
    desk.ask('a', 'a1');
    desk.ask('a', 'a2');
    desk.ask('a', 'nested', false);
    expect(desk.served).toEqual(['a1', 'nested']);
    desk.done('nested');
    expect(desk.served).toEqual(['a1', 'nested']);
    desk.done('a1');
    expect(desk.served).toEqual(['a1', 'nested', 'a2']);
  });

  it('who has left is not called, and takes nobody else with it', () => {
    const desk = new Desk(1);
    desk.ask('x');
    const first = desk.ask('a', 'a1');
    desk.ask('a', 'a2');
    desk.turns.leave(first);
    desk.turns.leave(first);
    desk.done('x');
    expect(desk.served).toEqual(['x', 'a2']);
    desk.done('a2');
    desk.ask('b', 'b1');
    expect(desk.served).toEqual(['x', 'a2', 'b1']);
  });

  it('the room is never used twice, and never left unused, in any order', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = randomFrom(seed);
      const [most, cap] = [1 + (next() % 4), next() % 3 === 0 ? undefined : 1 + (next() % 3)];
      let held: Turn[] = [];
      const turns = new TenantTurns(most, cap);
      for (let step = 0; step < 200; step++) {
        const turn: Turn = {
          key: `t${next() % 4}`,
          isCapped: next() % 5 > 0,
          start: () => held.push(turn),
        };
        if (next() % 2 === 0) turns.take(turn);
        else {
          const [back] = held.splice(next() % (held.length || 1), 1);
          if (back) turns.giveBack(back);
        }
        expect(held.length).toBeLessThanOrEqual(most);
        for (const key of ['t0', 't1', 't2', 't3']) {
          const own = held.filter((one) => one.key === key).length;
          if (held.length < most && turns.waitingOf(key) > 0) {
            expect(own).toBeGreaterThanOrEqual(cap ?? Infinity);
          }
        }
      }
      while (held.length > 0) {
        const [back] = held.splice(0, 1);
        turns.giveBack(back as Turn);
      }
      expect(turns.waiting).toBe(0);
      held = [];
    }
  });
});

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}
