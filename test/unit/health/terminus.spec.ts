import { describe, expect, it, jest } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';
import * as terminus from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { type DatabaseHealth, DatabaseHealthIndicator, type HealthSource } from 'nestjs-rowguard';
import { hasThirdWord } from '../../../src/health/terminus-words.js';

const FACTS = { latencyMs: 1, pools: { application: { used: 1, idle: 0, waiting: 50, max: 1 } } };

function indicatorOf(health: DatabaseHealth): DatabaseHealthIndicator {
  return new DatabaseHealthIndicator({
    health: { report: () => Promise.resolve(health) },
  } as unknown as HealthSource);
}

async function service(): Promise<terminus.HealthCheckService> {
  const module = await Test.createTestingModule({
    imports: [terminus.TerminusModule.forRoot({ logger: false })],
  }).compile();
  return module.get(terminus.HealthCheckService);
}

describe('the indicator under Terminus 12', () => {
  it('says degraded where the database works, but not as it should', async () => {
    const database = indicatorOf({ status: 'degraded', reasons: ['pool-waiting'], ...FACTS });

    const answer = await (await service()).check([() => database.isHealthy()]);

    expect(answer.status).toBe('degraded');
    expect(answer.details).toEqual({
      database: { status: 'degraded', degraded: true, reasons: ['pool-waiting'], ...FACTS },
    });
  });

  it('fails the check where the database is down', async () => {
    const database = indicatorOf({ status: 'down', reasons: ['no-answer'] });

    const answer = (await service()).check([() => database.readiness('main')]);

    await expect(answer).rejects.toThrow(ServiceUnavailableException);
    await expect(answer).rejects.toMatchObject({
      response: { error: { main: { status: 'down', reasons: ['no-answer'] } } },
    });
  });

  it('is alive without asking the database', async () => {
    const report = jest.fn(() => Promise.reject(new Error('asked')));
    const database = new DatabaseHealthIndicator({ health: { report } } as never);

    const answer = await (await service()).check([() => database.liveness()]);

    expect(answer.details).toEqual({ database: { status: 'up' } });
    expect(report).not.toHaveBeenCalled();
  });
});

describe('the third word', () => {
  /** As Terminus 11.1 has it: what its session can say. scripts/consumers runs the real one. */
  class OlderService {
    check(): object {
      return { up: () => ({}), down: () => ({}) };
    }
  }

  it.each([
    ['Terminus 12', terminus, true],
    ['Terminus 11', { HealthIndicatorService: OlderService }, false],
    [
      'Terminus 11 as a CommonJS module',
      { default: { HealthIndicatorService: OlderService } },
      false,
    ],
    ['Terminus 10, which has no such service', { TerminusModule: {} }, false],
  ])('is known of %s', (_, module, known) => {
    expect(hasThirdWord(module)).toBe(known);
  });
});
