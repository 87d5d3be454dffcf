import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RowNotFoundError, TenantContext, TransitionRefusedError } from 'nestjs-rowguard';
import type { Study, StudyState } from '../../../src/entities/studies/study.entity.js';
import { StateMachine } from '../../../src/repositories/state-machine.js';
import { StudyRepository } from '../../../src/repositories/studies/study.repository.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

describe('the state machine', () => {
  const machine = new StateMachine<Study, StudyState>('state', {
    draft: ['queued'],
    queued: ['running', 'cancelled'],
    running: ['completed', 'cancelled'],
    paused: [],
    completed: [],
    failed: [],
    cancelled: [],
  });
  let shipped: ShippedSource;
  let studies: StudyRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await openShipped(['studies']);
    studies = new StudyRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const newStudy = () => acme(() => studies.create({ name: 'S' }));
  const move = (id: string, next: unknown, changes = {}) =>
    acme(() => machine.move(studies, id, next as StudyState, changes));

  it('knows what may follow, and what may go before', () => {
    expect(machine.allows('draft', 'queued')).toBe(true);
    expect(machine.allows('draft', 'running')).toBe(false);
    expect(machine.before('cancelled')).toEqual(['queued', 'running']);
    expect(machine.before('draft')).toEqual([]);
    for (const bad of ['constructor', '__proto__', 'toString', '', undefined, 7]) {
      expect(machine.allows(bad as never, 'queued')).toBe(false);
      expect(machine.before(bad as never)).toEqual([]);
    }
  });

  it('moves a row, with the changes that belong to the move, and answers with it', async () => {
    const { id } = await newStudy();

    const moved = await move(id, 'queued', { name: 'In the queue', state: 'completed' });

    expect(moved).toMatchObject({ id, state: 'queued', name: 'In the queue', version: 2 });
  });

  it('refuses what may not follow, says what could, and changes nothing', async () => {
    const { id } = await newStudy();

    const error = await move(id, 'cancelled', { name: 'X' }).catch((one: unknown) => one);

    expect(error).toBeInstanceOf(TransitionRefusedError);
    expect(error).toMatchObject({
      message:
        'This Study is draft and cannot become cancelled. It can become cancelled when it is queued or running.',
      given: { entity: 'Study', state: 'draft', next: 'cancelled' },
    });
    await expect(acme(() => studies.getById(id))).resolves.toMatchObject({ name: 'S', version: 1 });
  });

  it.each(['nonsense', 'constructor', '__proto__', '', undefined, null, 7, {}])(
    'says that %j is no state, and which there are',
    async (next) => {
      const { id } = await newStudy();

      const attempt = move(id, next);

      await expect(attempt).rejects.toBeInstanceOf(TransitionRefusedError);
      await expect(attempt).rejects.toThrow(/is no state of a Study. Its states are draft, queued/);
    },
  );

  it('lets one of many who move a row at once succeed', async () => {
    const { id } = await newStudy();

    const moves = await Promise.allSettled(Array.from({ length: 8 }, () => move(id, 'queued')));

    expect(moves.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of moves) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(TransitionRefusedError);
    }
  });

  it('does not find deleted, foreign and missing rows', async () => {
    const { id } = await newStudy();
    const gone = await newStudy();
    await acme(() => studies.delete(gone.id));

    for (const attempt of [
      () => as(GLOBEX, () => machine.move(studies, id, 'queued')),
      () => move(gone.id, 'queued'),
      () => move('0190a000-0000-7000-8000-00000000ffff', 'queued'),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(RowNotFoundError);
    }
  });

  it('leaves the transaction usable after it has refused', async () => {
    const { id } = await newStudy();

    await acme(() =>
      studies.transaction(async () => {
        await expect(machine.move(studies, id, 'completed')).rejects.toThrow();
        await machine.move(studies, id, 'queued');
      }),
    );

    await expect(acme(() => studies.getState(id))).resolves.toBe('queued');
  });

  it('keeps the state out of other verbs', () => {
    expect(() => machine.refuseIn({ name: 'x' }, 'move')).not.toThrow();
    expect(() => machine.refuseIn(undefined as never, 'move')).not.toThrow();
    expect(() => machine.refuseIn({ state: 'queued' }, 'move')).toThrow(TransitionRefusedError);
    expect(() => machine.refuseIn({ state: undefined }, 'move')).toThrow(/call move/);
  });
});
