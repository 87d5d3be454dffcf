import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Membership,
  TenantContext,
  ToolPermissionRepository,
  ToolRepository,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
const globex = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: GLOBEX }, work);
const NOT_THERE = { code: 'ROWGUARD_ROW_NOT_FOUND' };

describe.each(ENGINES)('permissions of tools, on %s', (_, open) => {
  let shipped: ShippedSource;
  let tools: ToolRepository;
  let permissions: ToolPermissionRepository;
  let toolId: string;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['tools']);
    tools = new ToolRepository(shipped.source);
    permissions = new ToolPermissionRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(async () => {
    toolId = (await acme(() => tools.register({ name: `tool-${++number}` }))).id;
  });

  const may = (...roles: string[]) => acme(() => permissions.isAllowed(toolId, ANNA, { roles }));

  it('allow nobody anything until it is said', async () => {
    await expect(may('admin')).resolves.toBe(false);
  });

  it('allow a tool to everyone, to a role, or to one member', async () => {
    await acme(() => permissions.allow(toolId, { role: 'editor' }));
    expect([await may(), await may('guest'), await may('guest', 'editor')]).toEqual([
      false,
      false,
      true,
    ]);

    await acme(() => permissions.allow(toolId, { memberId: ANNA }));
    await expect(may()).resolves.toBe(true);

    await acme(() => permissions.revoke(toolId, { memberId: ANNA }));
    await acme(() => permissions.allow(toolId, 'everyone'));
    await expect(may()).resolves.toBe(true);
  });

  it.each([
    ['everyone', 'everyone'],
    ['a role', { role: 'guest' }],
    ['the member', { memberId: ANNA }],
  ] as const)('let a deny for %s win over every allow', async (_name, subject) => {
    await acme(() => permissions.allow(toolId, 'everyone'));
    await acme(() => permissions.allow(toolId, { role: 'admin' }));
    await acme(() => permissions.allow(toolId, { memberId: ANNA }));
    await expect(may('admin', 'guest')).resolves.toBe(true);

    await acme(() => permissions.deny(toolId, subject));
    await expect(may('admin', 'guest')).resolves.toBe(false);
    await acme(() => permissions.allow(toolId, subject));

    await expect(may('admin', 'guest')).resolves.toBe(true);
  });

  it('hold one decision for each subject', async () => {
    for (const subject of ['everyone', { role: 'a' }, { memberId: ANNA }] as const) {
      await acme(() => permissions.allow(toolId, subject));
      await acme(() => permissions.deny(toolId, subject));
      await acme(() => permissions.deny(toolId, subject));
    }

    await expect(acme(() => permissions.countBy({ toolId }))).resolves.toBe(3);
    await expect(acme(() => permissions.countBy({ toolId, effect: 'deny' }))).resolves.toBe(3);
  });

  it('take back what was decided', async () => {
    await acme(() => permissions.allow(toolId, 'everyone'));

    await acme(() => permissions.revoke(toolId, 'everyone'));

    await expect(may()).resolves.toBe(false);
    await expect(acme(() => permissions.revoke(toolId, 'everyone'))).rejects.toMatchObject(
      NOT_THERE,
    );
  });

  it('refuse a person who may not call the tool, with an error that says so', async () => {
    await expect(acme(() => permissions.requireAllowed(toolId, ANNA))).rejects.toMatchObject({
      code: 'ROWGUARD_ACCESS_DENIED',
      given: { toolId, userId: ANNA },
    });

    await acme(() => permissions.allow(toolId, 'everyone'));

    await expect(acme(() => permissions.requireAllowed(toolId, ANNA))).resolves.toBeUndefined();
  });

  it('let only active members of the tenant in', async () => {
    await acme(() => permissions.allow(toolId, 'everyone'));
    const members = shipped.source.getRepository(Membership);

    await expect(acme(() => permissions.isAllowed(toolId, GUSTAV))).resolves.toBe(false);
    await acme(() => members.update({ id: ANNA }, { state: 'suspended' }));
    const whileSuspended = await may();
    await acme(() => members.update({ id: ANNA }, { state: 'active' }));

    expect(whileSuspended).toBe(false);
    await expect(may()).resolves.toBe(true);
  });

  it('end with the tool', async () => {
    await acme(() => permissions.allow(toolId, 'everyone'));

    await acme(() => tools.delete(toolId));

    await expect(may()).resolves.toBe(false);
    await expect(acme(() => permissions.allow(toolId, 'everyone'))).rejects.toMatchObject(
      NOT_THERE,
    );
  });

  it.each([undefined, null, {}, 'nobody', { role: '' }, { role: 7 }, { memberId: null }])(
    'refuse %j, which is nobody',
    async (subject) => {
      for (const verb of ['allow', 'deny', 'revoke'] as const) {
        await expect(
          acme(() => Promise.resolve(permissions[verb](toolId, subject as never))),
        ).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
      }
    },
  );

  it('are set by two at once without becoming two', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        acme(() => permissions[at % 2 ? 'allow' : 'deny'](toolId, 'everyone')),
      ),
    );

    await expect(acme(() => permissions.countBy({ toolId }))).resolves.toBe(1);
  });

  it('are hidden from another tenant, which can give itself none', async () => {
    await acme(() => permissions.allow(toolId, 'everyone'));

    await expect(globex(() => permissions.isAllowed(toolId, ANNA))).resolves.toBe(false);
    await expect(globex(() => permissions.isAllowed(toolId, GUSTAV))).resolves.toBe(false);
    await expect(globex(() => permissions.allow(toolId, 'everyone'))).rejects.toMatchObject(
      NOT_THERE,
    );
    await expect(globex(() => permissions.revoke(toolId, 'everyone'))).rejects.toMatchObject(
      NOT_THERE,
    );
    await expect(globex(() => permissions.find())).resolves.toEqual([]);
  });
});
