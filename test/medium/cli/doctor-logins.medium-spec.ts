import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createDataSource } from 'nestjs-rowguard';
import { readLoginFacts } from '../../../src/schema/login-facts.js';
import { loginFindings } from '../../../src/schema/login-findings.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';

describe('the logins as the doctor sees them', () => {
  let database: ScratchDatabase;
  const logins: string[] = [];

  const as = (sql: string) => database.asOwner((client) => client.query(sql));
  const login = async (attributes = '') => {
    const made = await database.createLogin(attributes);
    logins.push(made.name);
    return made;
  };
  const inspect = (url: string) =>
    createDataSource({ url, adminUrl: database.url, entities: SHOP }).inspect();
  const rulesFor = async (url: string) => (await inspect(url)).findings.map((one) => one.rule);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    await as(`revoke temporary on database ${database.name} from public`);
    const source = createDataSource({ url: database.url, entities: SHOP });
    await source.initialize();
    await source.destroy();
  });
  afterAll(async () => {
    for (const name of logins) await as(`drop owned by ${name}; drop role ${name}`);
    await database.drop();
  });

  it('finds nothing wrong with a plain one', async () => {
    const { name, url } = await login();
    await as(`grant rowguard_app to ${name}`);

    expect(await rulesFor(url)).toEqual([]);
  });

  it('lists every problem of one login, not the first', async () => {
    const { name, url } = await login('bypassrls');
    await as(`grant rowguard_app, rowguard_system to ${name}`);
    await as(
      `create table owned (n int); alter table owned enable row level security; alter table owned owner to ${name}`,
    );

    const { findings } = await inspect(url);

    expect(findings.map((one) => one.rule)).toEqual(
      expect.arrayContaining(['login-bypasses', 'login-becomes', 'login-owns']),
    );
    await as('drop table owned');
    for (const statement of findings.flatMap((one) => one.mend)) await as(statement);
    expect(await rulesFor(url)).toEqual([]);
  });

  it('gives the grant that a login lacks', async () => {
    const { url } = await login();

    const { findings } = await inspect(url);

    expect(findings.map((one) => one.rule)).toEqual(['login-membership']);
    for (const statement of findings.flatMap((one) => one.mend)) await as(statement);
    expect(await rulesFor(url)).toEqual([]);
  });

  it('warns of a login for system work that may not act for the system', async () => {
    const { name, url } = await login();
    await as(`grant rowguard_app to ${name}`);

    const { findings } = await createDataSource({ url, entities: SHOP }).inspect();

    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'system-membership', severity: 'warning' }),
    );
  });

  it.each([
    ['bypasses by itself', 'alter role rowguard_app bypassrls'],
    ['may become the system', 'grant rowguard_system to rowguard_app'],
    [
      'may become one that may',
      'create role rg_between; grant rowguard_system to rg_between; grant rg_between to rowguard_app',
    ],
  ])('mends a role of the tenants that %s', async (_, breaks) => {
    await database.asOwner(async (client) => {
      // Roles belong to the whole server, and other tests use them: nobody else may see this.
      await client.query('begin');
      const facts = () => readLoginFacts(async (sql) => (await client.query(sql)).rows as never);
      const rules = { twoLogins: false, embedded: false };
      await client.query(breaks);

      const [finding] = loginFindings(await facts(), rules);
      for (const statement of finding?.mend ?? []) await client.query(statement);

      expect(finding?.rule).toBe('role-bypasses');
      expect(loginFindings(await facts(), rules)).toEqual([]);
      await client.query('rollback');
    });
  });

  it('works on a data source that runs already, and leaves it running', async () => {
    const source = createDataSource({ url: database.url, entities: SHOP });
    await source.initialize();

    expect((await source.inspect()).findings).toEqual([]);
    expect(source.isInitialized).toBe(true);
    await source.destroy();
  });
});
