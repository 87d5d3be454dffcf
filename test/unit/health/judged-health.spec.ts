import { describe, expect, it } from '@jest/globals';
import { HealthOptions } from 'nestjs-rowguard';
import { type HealthFacts, judgedHealth } from '../../../src/health/judged-health.js';
import { healthOf } from '../../../src/health/server-probe.js';

const WELL: HealthFacts = {
  probed: { answers: true, latencyMs: 1, isReadOnly: false },
  pools: { application: { used: 0, idle: 1, waiting: 0, max: 10 } },
  standing: { migrations: { pending: 0, failed: 0 }, isolationProblems: [] },
  isDraining: false,
  isConnected: true,
};

function judged(facts: Partial<HealthFacts>, options: Partial<HealthOptions> = {}) {
  return judgedHealth({ ...WELL, ...facts }, Object.assign(new HealthOptions(), options));
}

describe('the judgement of health', () => {
  it('is up where nothing is wrong, and does not tell what is not known', () => {
    expect(judged({ standing: {} })).toEqual({
      status: 'up',
      reasons: [],
      latencyMs: 1,
      pools: WELL.pools,
    });
  });

  it('names every reason, and is as bad as the worst of them', () => {
    const health = judged({
      probed: { answers: false, error: new Error('password of db.internal') },
      standing: { migrations: { pending: 1, failed: 0 }, isolationProblems: [] },
      isDraining: true,
    });

    expect(health).toMatchObject({
      status: 'down',
      reasons: ['no-answer', 'draining', 'migrations-pending'],
      message: 'The database does not answer',
    });
    expect(JSON.stringify(health)).not.toContain('internal');
  });

  it.each([
    [true, 'degraded', 'server-full'],
    [false, 'down', 'no-answer'],
  ])('of a full server, with connections of its own: %s, is %s', (isConnected, status, reason) => {
    const error = Object.assign(new Error('too many clients of 10.0.0.7'), { code: '53300' });

    const health = judged({ probed: { answers: false, error }, isConnected });

    expect(health).toMatchObject({ status, reasons: [reason] });
    expect(JSON.stringify(health)).not.toContain('10.0.0.7');
  });

  it('is degraded where the primary takes no writes', () => {
    const probed = { answers: true, latencyMs: 1, isReadOnly: true } as const;

    expect(judged({ probed })).toMatchObject({ status: 'degraded', reasons: ['read-only'] });
  });

  it.each([
    [10, 'up'],
    [11, 'degraded'],
  ])('with %i callers that wait is %s', (waiting, status) => {
    const pools = { system: { used: 4, idle: 0, waiting, max: 4 } };

    expect(judged({ pools })).toMatchObject({ status });
  });

  it.each([
    ['100', 'up', 100],
    ['99', 'degraded', 101],
    ['300', 'up', 0],
  ])('with a replica at position %s is %s', (position, status, lagBytes) => {
    const replicas = [healthOf(0, { position: '200' }, { isStandby: true, position })];

    expect(replicas).toEqual([{ name: 'replica 1', status: 'up', lagBytes }]);
    expect(
      judged(
        { probed: { answers: true, latencyMs: 1, isReadOnly: false, replicas } },
        { maxReplicaLagBytes: 100 },
      ),
    ).toMatchObject({ status, reasons: status === 'up' ? [] : ['replica-lag'] });
  });

  it('counts positions beyond what a number of JavaScript holds', () => {
    const [written, applied] = ['9007199254740995', '9007199254740992'];
    const replica = { isStandby: true, position: applied };

    expect(healthOf(1, { position: written }, replica)).toEqual({
      name: 'replica 2',
      status: 'up',
      lagBytes: 3,
    });
  });
});
