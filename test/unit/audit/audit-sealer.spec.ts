import { describe, expect, it } from '@jest/globals';
import { AuditSealer, type SealingReport } from 'nestjs-rowguard';

const REPORT: SealingReport = { seals: 1, rows: 1, busy: false, head: undefined };
const soon = () => new Promise((resolve) => setTimeout(resolve, 15));

describe('a sealer', () => {
  it('seals again and again until it is stopped', async () => {
    const sealed: number[] = [];
    const seal = () => {
      sealed.push(sealed.length);
      return Promise.resolve(REPORT);
    };
    const sealer = new AuditSealer({ seal }, { everyMs: 1 });

    sealer.start();
    sealer.start();
    while (sealed.length < 3) await soon();
    await sealer.stop();
    const atStop = sealed.length;
    await soon();

    expect(sealed).toHaveLength(atStop);
  });

  it('never has two sealings at work, and stops after the one in hand', async () => {
    let [atWork, most, ended] = [0, 0, 0];
    const seal = async () => {
      most = Math.max(most, ++atWork);
      await soon();
      atWork--;
      ended++;
      return REPORT;
    };
    const sealer = new AuditSealer({ seal }, { everyMs: 1 });

    sealer.start();
    await soon();
    await sealer.stop();

    expect({ atWork, most }).toEqual({ atWork: 0, most: 1 });
    expect(ended).toBeGreaterThan(0);
  });

  it('goes on after a failure, and tells it', async () => {
    const failures: unknown[] = [];
    let calls = 0;
    const seal = () =>
      ++calls === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(REPORT);
    const reports: SealingReport[] = [];
    const sealer = new AuditSealer(
      { seal },
      {
        everyMs: 1,
        onFailure: (error) => failures.push(error),
        onSealed: (report) => void reports.push(report),
      },
    );

    sealer.start();
    while (reports.length === 0) await soon();
    await sealer.stop();

    expect(failures).toEqual([new Error('gone')]);
  });

  it('can be started again', async () => {
    let count = 0;
    const sealer = new AuditSealer({ seal: () => Promise.resolve({ ...REPORT, rows: ++count }) });

    sealer.start();
    await sealer.stop();
    sealer.start();
    await sealer.stop();

    expect(count).toBe(2);
  });

  it.each([0, -1, Number.NaN, Infinity, '5s'])('refuses %s between two sealings', (everyMs) => {
    expect(
      () =>
        new AuditSealer({ seal: () => Promise.resolve(REPORT) }, { everyMs: everyMs as number }),
    ).toThrow(expect.objectContaining({ code: 'ROWGUARD_INPUT_INVALID' }));
  });
});
