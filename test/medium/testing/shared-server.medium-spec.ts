import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestDatabase } from 'nestjs-rowguard/testing';
import { isAlive } from '../../../src/testing/database/own-database.js';
import { SharedServer } from '../../../src/testing/server/shared-server.js';
import { ACME, Label, SHOP } from '../../support/shop.js';

describe('the server that all test files share', () => {
  const place = mkdtempSync(join(tmpdir(), 'rowguard-shared-'));
  const before = process.env['ROWGUARD_TEST_DIRECTORY'];

  beforeAll(() => {
    Logger.overrideLogger(false);
    // Started by root, the server is another user, who has to pass through.
    chmodSync(place, 0o755);
    process.env['ROWGUARD_TEST_DIRECTORY'] = place;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['ROWGUARD_TEST_DIRECTORY'];
    else process.env['ROWGUARD_TEST_DIRECTORY'] = before;
    rmSync(place, { recursive: true, force: true });
  });

  it('serves several at once, takes over from one whose keeper was killed, and leaves nothing', async () => {
    const first = await SharedServer.join();
    const { keeper } = JSON.parse(readFileSync(join(first.directory, 'server.json'), 'utf8')) as {
      keeper: number;
    };
    const postmaster = Number(
      readFileSync(join(first.directory, 'data/postmaster.pid'), 'utf8').split('\n')[0],
    );
    process.kill(keeper, 'SIGKILL');
    await goneBy(keeper);
    const options = { engine: 'server' as const, entities: SHOP };
    const [one, other] = await Promise.all([
      TestDatabase.start(options),
      TestDatabase.start({ ...options, isolation: 'rollback' }),
    ]);
    await one.as(ACME, () => one.repository(Label).save({ name: 'urgent' }));
    const seen = await other.isolate(() => other.as(ACME, () => other.repository(Label).find()));
    const last = await SharedServer.join();

    expect(isAlive(postmaster)).toBe(false);
    expect(new URL(one.address).host).toBe(new URL(other.address).host);
    expect(new URL(last.url).host).toBe(new URL(one.address).host);
    expect(seen).toEqual([]);
    await Promise.all([one.stop(), other.stop(), first.leave()]);
    expect(existsSync(last.directory)).toBe(true);
    await last.leaveAndWait();
    expect(readdirSync(place)).toEqual([]);
  }, 120_000);
});

async function goneBy(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}
