import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  InvalidContextError,
  TenantContext,
  TenantContextMissingError,
  systemWork,
} from 'nestjs-rowguard';

const ACME = '0190a000-0000-7000-8000-00000000000a';
const GLOBEX = '0190b000-0000-7000-8000-00000000000b';

describe('the tenant context', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('is there for everything that is awaited inside', async () => {
    const seen = await TenantContext.run(
      { tenantId: ACME, actorId: 'u1', requestId: 'r1' },
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return TenantContext.require();
      },
    );

    expect(seen).toMatchObject({ tenantId: ACME, actorId: 'u1', requestId: 'r1' });
    expect(TenantContext.current()).toBeUndefined();
  });

  it('is kept apart for work that runs at the same time', async () => {
    const tenants = Array.from({ length: 100 }, (_, at) => (at % 2 ? ACME : GLOBEX));

    const seen = await Promise.all(
      tenants.map((tenantId) =>
        TenantContext.run({ tenantId }, async () => {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
          return TenantContext.require().tenantId;
        }),
      ),
    );

    expect(seen).toEqual(tenants);
  });

  it('is an error where it is required and not there', () => {
    expect(() => TenantContext.require()).toThrow(TenantContextMissingError);
    expect(() => TenantContext.runTenantless('a test', () => TenantContext.require())).toThrow(
      /runs as tenantless \("a test"\)/,
    );
  });

  it('reads a tenant id in any case as the same tenant', () => {
    const seen = TenantContext.run({ tenantId: ACME.toUpperCase() }, () => TenantContext.require());

    expect(seen.tenantId).toBe(ACME);
  });

  it.each([
    ['an empty tenant', { tenantId: '' }],
    ['a slug', { tenantId: 'acme' }],
    ['no tenant', {}],
    ['nothing', undefined],
    ['a number', { tenantId: 7 }],
    ['an attack', { tenantId: `${ACME}' or '1'='1` }],
    ['a nul byte in the actor', { tenantId: ACME, actorId: 'a\0b' }],
    ['an endless actor', { tenantId: ACME, actorId: 'a'.repeat(256) }],
    ['an object as the request id', { tenantId: ACME, requestId: {} }],
  ])('refuses %s', (_, input) => {
    expect(() => TenantContext.run(input as never, () => 0)).toThrow(InvalidContextError);
  });

  it('never repeats a value that it refuses', () => {
    const secret = 'swordfish';

    const refused = () => TenantContext.run({ tenantId: secret }, () => 0);

    expect(refused).toThrow(InvalidContextError);
    expect(refused).not.toThrow(secret);
  });

  it.each([[''], ['   '], [undefined], ['a\0b'], ['x'.repeat(501)]])(
    'asks system work for a reason, and does not take %j for one',
    (reason) => {
      expect(() => TenantContext.runAsSystem(reason as string, () => 0)).toThrow(
        InvalidContextError,
      );
    },
  );

  it('records the reason of system work, and who did it', () => {
    const seen: unknown[] = [];
    const stop = systemWork.onStart((scope) => seen.push(scope));

    TenantContext.run({ tenantId: ACME, actorId: 'u1' }, () =>
      TenantContext.runAsSystem('nightly report', () => 0),
    );
    stop();

    expect(seen).toEqual([{ kind: 'system', reason: 'nightly report', actorId: 'u1' }]);
  });
});
