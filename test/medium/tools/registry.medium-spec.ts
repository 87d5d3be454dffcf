import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  TenantContext,
  type ToolDefinition,
  ToolPermission,
  ToolPermissionRepository,
  ToolRepository,
  ToolUsageLimit,
  ToolUsageRepository,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
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
const REFUSED = { code: 'ROWGUARD_TRANSITION_REFUSED' };

const SEARCH: ToolDefinition = {
  name: 'web.search',
  release: '2.1.0',
  description: 'Looks things up',
  inputSchema: { type: 'object', required: ['query'], properties: { query: { type: 'string' } } },
  outputSchema: { type: 'array' },
};

describe.each(ENGINES)('the registry of tools, on %s', (_, open) => {
  let shipped: ShippedSource;
  let tools: ToolRepository;
  let number = 0;

  beforeAll(async () => {
    shipped = await open(['tools']);
    tools = new ToolRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const fresh = () => `tool-${++number}`;
  const registered = () => acme(() => tools.register({ name: fresh() }));

  it('registers a tool with JSON schemas of its input and output, and finds it by name', async () => {
    const definition = { ...SEARCH, name: fresh() };

    const tool = await acme(() => tools.register(definition));

    expect(tool).toMatchObject({ ...definition, state: 'enabled', builtIn: false });
    await expect(acme(() => tools.findByName(definition.name))).resolves.toMatchObject(definition);
    await expect(acme(() => tools.getByName(definition.name))).resolves.toMatchObject({
      id: tool.id,
    });
    await expect(acme(() => tools.findByName('nothing'))).resolves.toBeNull();
    await expect(acme(() => tools.getByName('nothing'))).rejects.toMatchObject(NOT_THERE);
  });

  it('gives each name once in a tenant, and again when the tool is deleted', async () => {
    const tool = await registered();

    const error: unknown = await acme(() => tools.register({ name: tool.name })).catch(
      (caught: unknown) => caught,
    );
    await acme(() => tools.delete(tool.id));

    expect(isUniqueViolation(error)).toBe(true);
    await expect(acme(() => tools.register({ name: tool.name }))).resolves.toBeDefined();
  });

  it('registers built-in tools for each tenant, as often as wanted', async () => {
    const name = fresh();

    const [first] = await acme(() => tools.registerBuiltIns([{ ...SEARCH, name }]));
    await globex(() => tools.registerBuiltIns([{ ...SEARCH, name }]));
    const [second] = await acme(() =>
      tools.registerBuiltIns([{ ...SEARCH, name, release: '3.0.0' }]),
    );

    expect(first).toMatchObject({ ...SEARCH, name, builtIn: true, tenantId: ACME });
    expect(second).toMatchObject({ id: first?.id, release: '3.0.0' });
    await expect(globex(() => tools.getByName(name))).resolves.toMatchObject({
      release: '2.1.0',
    });
    await expect(acme(() => tools.countBy({ name }))).resolves.toBe(1);
  });

  it('keeps what the tenant decided when built-in tools are registered again', async () => {
    const name = fresh();
    const [tool] = await acme(() => tools.registerBuiltIns([{ name }]));
    await acme(() => tools.disable(tool?.id ?? ''));

    await acme(() => tools.registerBuiltIns([{ name, description: 'new' }]));

    await expect(acme(() => tools.getByName(name))).resolves.toMatchObject({
      state: 'disabled',
      description: 'new',
    });
  });

  it("leaves a tenant's own tool alone that has the name of a built-in one", async () => {
    const own = await acme(() => tools.register({ name: fresh(), description: 'ours' }));
    const other = fresh();

    const answer = await acme(() =>
      tools.registerBuiltIns([{ name: own.name, description: 'theirs' }, { name: other }]),
    );

    expect(answer.map((tool) => tool.name)).toEqual([other]);
    await expect(acme(() => tools.getByName(own.name))).resolves.toMatchObject({
      description: 'ours',
      builtIn: false,
    });
  });

  it('registers nothing where there is nothing, and refuses lists that are none', async () => {
    await expect(acme(() => tools.registerBuiltIns([]))).resolves.toEqual([]);
    for (const list of [undefined, 'tool', [{ name: 'a' }, { name: 'a' }]]) {
      await expect(acme(() => tools.registerBuiltIns(list as never))).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
  });

  it('disables and enables a tool, and deprecates it', async () => {
    const { id } = await registered();

    await expect(acme(() => tools.disable(id))).resolves.toMatchObject({ state: 'disabled' });
    await expect(acme(() => tools.disable(id))).rejects.toMatchObject(REFUSED);
    await expect(acme(() => tools.deprecate(id))).rejects.toMatchObject(REFUSED);
    await expect(acme(() => tools.enable(id))).resolves.toMatchObject({ state: 'enabled' });
    await expect(acme(() => tools.deprecate(id))).resolves.toMatchObject({ state: 'deprecated' });
    await expect(acme(() => tools.disable(id))).resolves.toMatchObject({ state: 'disabled' });
  });

  it('deletes and restores a tool with its permissions and limits as one act', async () => {
    const { id } = await registered();
    await acme(() => new ToolPermissionRepository(shipped.source).allow(id, 'everyone'));
    await acme(() =>
      new ToolUsageRepository(shipped.source).setLimit(id, { period: 'day', maxCalls: 5 }),
    );
    const counts = () =>
      acme(async () => [
        await shipped.source.getRepository(ToolPermission).countBy({ toolId: id }),
        await shipped.source.getRepository(ToolUsageLimit).countBy({ toolId: id }),
      ]);

    await acme(() => tools.delete(id));
    await expect(counts()).resolves.toEqual([0, 0]);
    await acme(() => tools.restore(id));

    await expect(counts()).resolves.toEqual([1, 1]);
  });

  it('shows no tenant the tools of another, and lets it change none', async () => {
    const tool = await registered();

    await expect(globex(() => tools.findByName(tool.name))).resolves.toBeNull();
    await expect(globex(() => tools.disable(tool.id))).rejects.toMatchObject(NOT_THERE);
    await expect(globex(() => tools.delete(tool.id))).rejects.toMatchObject(NOT_THERE);
    await expect(acme(() => tools.getById(tool.id))).resolves.toMatchObject({ state: 'enabled' });
  });
});
