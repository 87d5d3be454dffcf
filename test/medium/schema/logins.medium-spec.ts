import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AttestationError,
  type DatabaseModuleOptions,
  TenantContext,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX, Label, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

describe('the login of the application', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    const owner = createDataSource({ url: database.url, entities: SHOP });
    await owner.initialize();
    await owner.destroy();
  });

  afterAll(() => database.drop());

  async function withSource<T>(
    options: DatabaseModuleOptions,
    work: (labels: TenantRepository<Label>) => Promise<T>,
  ): Promise<T> {
    const source = createDataSource({ entities: SHOP, ...options });
    await source.initialize();
    try {
      return await work(new TenantRepository(Label, source));
    } finally {
      await source.destroy();
    }
  }

  it('may be a plain one beside that of an administrator, and is then used as it is', async () => {
    const { name, url } = await database.createLogin();

    await withSource({ url, adminUrl: database.url }, async (labels) => {
      const [row] = await as(ACME, () =>
        labels.query('select session_user::text as login, current_user::text as role'),
      );
      await as(ACME, () => labels.save({ name: 'from a plain login' }));

      expect(row).toEqual({ login: name, role: name });
      await expect(as(GLOBEX, () => labels.find())).resolves.toEqual([]);
    });
  });

  it('takes the role of the tenants with each statement where it is the only one', async () => {
    await withSource({ url: database.url }, async (labels) => {
      const [row] = await as(ACME, () => labels.query('select current_user::text as role'));

      expect(row).toEqual({ role: 'rowguard_app' });
    });
  });

  it('is refused beside an administrator when it is a superuser', async () => {
    const { url } = await database.createLogin('superuser');

    await expect(
      withSource({ url, adminUrl: database.url }, () => Promise.resolve()),
    ).rejects.toThrow(/is a superuser.*NOSUPERUSER/s);
  });

  it('is refused beside an administrator when it bypasses row-level security', async () => {
    const { url } = await database.createLogin('bypassrls');

    await expect(
      withSource({ url, adminUrl: database.url }, () => Promise.resolve()),
    ).rejects.toThrow(/BYPASSRLS/);
  });

  it('is refused beside an administrator when it can become the role of the system', async () => {
    const { name, url } = await database.createLogin();
    await database.asOwner((client) => client.query(`grant rowguard_system to ${name}`));

    await expect(
      withSource({ url, adminUrl: database.url }, () => Promise.resolve()),
    ).rejects.toThrow(/can become rowguard_system.*REVOKE/s);
  });

  it('is refused beside an administrator when it owns tables', async () => {
    const { name, url } = await database.createLogin();
    await database.asOwner((client) => client.query(`alter table labels owner to ${name}`));
    try {
      await expect(
        withSource({ url, adminUrl: database.url }, () => Promise.resolve()),
      ).rejects.toThrow(/owns (public\.)?labels/);
    } finally {
      await database.asOwner((client) => client.query('alter table labels owner to postgres'));
    }
  });

  it('may be an ordinary owner that is no superuser', async () => {
    const own = await ScratchDatabase.create();
    const { name, url } = await own.createLogin('createrole');
    await own.asOwner((client) => client.query(`alter database ${own.name} owner to ${name}`));
    await own.asOwner((client) => client.query(`grant all on schema public to ${name}`));
    await own.asOwner((client) =>
      client.query(`grant rowguard_app, rowguard_system to ${name} with admin option`),
    );

    await withSource({ url }, async (labels) => {
      await as(ACME, () => labels.save({ name: 'mine' }));
      const all = await TenantContext.runAsSystem('test', () => labels.find());
      const [row] = await as(ACME, () => labels.query('select current_user::text as role'));

      expect(row).toEqual({ role: 'rowguard_app' });
      expect(all).toHaveLength(1);
      await expect(as(GLOBEX, () => labels.find())).resolves.toEqual([]);
    });
    await own.drop();
  });

  it('alone, without rights of its own, finds a prepared database and works', async () => {
    const { name, url } = await database.createLogin();
    await database.asOwner((client) => client.query(`grant rowguard_app to ${name}`));

    await withSource({ url, migrate: 'off' }, async (labels) => {
      await expect(as(GLOBEX, () => labels.find())).resolves.toEqual([]);
    });
  });
});

describe('a database that would not isolate tenants', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    const owner = createDataSource({ url: database.url, entities: SHOP });
    await owner.initialize();
    await owner.destroy();
  });

  afterAll(() => database.drop());

  it.each([
    ['row-level security is off', 'alter table labels disable row level security'],
    ['it is not forced', 'alter table labels no force row level security'],
    ['a policy is missing', 'drop policy labels_tenant_isolation on labels'],
    ['the guard is missing', 'drop policy labels_tenant_guard on labels'],
    [
      'a policy lets everything through',
      'alter policy labels_tenant_isolation on labels using (true)',
    ],
    ['a policy checks nothing', 'alter policy labels_tenant_guard on labels with check (true)'],
    ['a policy was added', 'create policy wide on labels for select to public using (true)'],
    ['a policy is for another role', 'alter policy labels_system_access on labels to public'],
    ['tenants may truncate', 'grant truncate on labels to rowguard_app'],
    ['tenants may write what is shared', 'grant insert on countries to rowguard_app'],
    [
      'tenants may write a column of what is shared',
      'grant update (code) on countries to rowguard_app',
    ],
    ['tenants may create tables', 'grant create on schema public to rowguard_app'],
    ['tenants may not use the schema', 'revoke usage on schema public from rowguard_app, public'],
    ['a rule sends rows elsewhere', 'create rule copy as on insert to labels do also nothing'],
    ['the tenant has no default', 'alter table labels alter tenant_id drop default'],
  ])('is refused when %s, and mended by an owner who may', async (_, damage) => {
    await database.asOwner((client) => client.query(damage));
    const checking = createDataSource({ url: database.url, entities: SHOP, migrate: 'off' });
    await expect(checking.initialize()).rejects.toBeInstanceOf(AttestationError);

    const mending = createDataSource({ url: database.url, entities: SHOP });
    await mending.initialize();
    await mending.destroy();

    const again = createDataSource({ url: database.url, entities: SHOP, migrate: 'off' });
    await again.initialize();
    await again.destroy();
  });

  it('says which statements mend it, and they do', async () => {
    await database.asOwner((client) =>
      client.query('alter table labels no force row level security'),
    );
    const checking = createDataSource({ url: database.url, entities: SHOP, migrate: 'off' });
    const error = (await checking.initialize().catch((one: unknown) => one)) as AttestationError;
    const statement = /(ALTER TABLE [^;]+ FORCE ROW LEVEL SECURITY)/.exec(error.mend)?.[1];

    await database.asOwner((client) => client.query(statement ?? ''));

    const again = createDataSource({ url: database.url, entities: SHOP, migrate: 'off' });
    await again.initialize();
    await again.destroy();
    expect(error.code).toBe('ROWGUARD_ATTESTATION_FAILED');
  });
});
