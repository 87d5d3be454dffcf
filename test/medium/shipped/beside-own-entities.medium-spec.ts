import { afterEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  Membership,
  TenantContext,
  TenantRepository,
  createDataSource,
  isForeignKeyViolation,
} from 'nestjs-rowguard';
import {
  type FreshSource,
  openFresh,
  openFreshEmbedded,
  upDownUp,
} from '../../support/migration-cycle.js';
import { ANNA, GUSTAV, settle } from '../../support/shipped-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { SPECIMENS, Specimen } from '../../support/specimens.js';

const TENANT_COLUMNS = `tenant_id uuid not null default rowguard_tenant_id(), id uuid not null default gen_random_uuid(),
  created_at timestamptz(3) not null default now()`;
const COMMON = `updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text,
  delete_batch uuid, delete_reason text, version integer not null default 1`;

/** As a user writes it, with names of their own for what nobody asks for by name. */
class CreateSpecimens1900000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table specimens (${TENANT_COLUMNS}, ${COMMON}, name text not null, kind text not null, amount numeric(18,6) not null,
         currency text not null default 'USD', begins_at timestamptz(3) not null, ends_at timestamptz(3), details jsonb not null default '{}',
         member_id uuid not null, constraint pk_specimens primary key (tenant_id, id),
         foreign key (tenant_id, member_id) references memberships (tenant_id, id) on delete restrict)`,
    );
    await runner.query(
      `create table specimen_entries (${TENANT_COLUMNS}, specimen_id uuid not null, constraint pk_specimen_entries primary key (tenant_id, id),
         foreign key (tenant_id, specimen_id) references specimens (tenant_id, id) on delete cascade)`,
    );
    await runner.query(
      `create table specimen_kinds (id uuid not null default gen_random_uuid(), created_at timestamptz(3) not null default now(), ${COMMON},
         name text not null, constraint pk_specimen_kinds primary key (id))`,
    );
  }
  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['specimen_entries', 'specimens', 'specimen_kinds'])
      await runner.query(`drop table ${table}`);
  }
}

const ENGINES = [
  ['a server', openFresh],
  ['the embedded engine', openFreshEmbedded],
] as const;
const WAYS = [
  ['created from the entities', []],
  ['created by migrations of their own', [CreateSpecimens1900000000000]],
] as const;
const CASES = ENGINES.flatMap(([engine, open]) =>
  WAYS.map(([way, migrations]) => [way, engine, open, migrations] as const),
);

describe('tables of a user beside the shipped ones', () => {
  let fresh: FreshSource | undefined;

  afterEach(async () => {
    await fresh?.close();
    fresh = undefined;
  });

  it.each(CASES)(
    '%s on %s refer to members of their tenant, and to no others',
    async (_way, _engine, open, migrations) => {
      fresh = await open({ schema: 'all', entities: SPECIMENS, migrations: [...migrations] });
      await settle(fresh.source);
      const specimens = new TenantRepository(Specimen, fresh.source);
      const found = (memberId: string) =>
        specimens.save({
          name: 'one',
          kind: 'found',
          amount: '1.50',
          beginsAt: new Date(),
          memberId,
        });

      const saved = await TenantContext.run({ tenantId: ACME }, () => found(ANNA));
      const foreign = await TenantContext.run({ tenantId: ACME }, () =>
        specimens.insert({
          name: 'two',
          kind: 'found',
          amount: '1',
          beginsAt: new Date(),
          memberId: GUSTAV,
        }),
      ).catch((error: unknown) => error);
      const seen = (tenantId: string) =>
        TenantContext.run({ tenantId }, () => specimens.find({ relations: { member: true } }));

      expect(isForeignKeyViolation(foreign)).toBe(true);
      expect(await seen(ACME)).toEqual([
        expect.objectContaining({ id: saved.id, member: expect.objectContaining({ id: ANNA }) }),
      ]);
      expect(await seen(GLOBEX)).toEqual([]);
      await expect(membersOf(fresh, ACME)).resolves.toEqual([ANNA]);
    },
  );

  it('are checked and left alone at the next start', async () => {
    fresh = await openFresh({ schema: 'all', entities: SPECIMENS });
    const next = createDataSource({
      url: fresh.database?.url ?? '',
      schema: 'all',
      entities: SPECIMENS,
      migrate: 'check',
    });

    await next.initialize();

    expect(next.isInitialized).toBe(true);
    await next.destroy();
  });

  it('are undone before the shipped ones, and come again with them', async () => {
    fresh = await openFresh({
      schema: 'all',
      entities: SPECIMENS,
      migrations: [CreateSpecimens1900000000000],
    });

    const cycle = await upDownUp(fresh.source);

    expect(cycle.left).toEqual([]);
    expect(cycle.differences).toEqual([]);
  });
});

async function membersOf({ source }: FreshSource, tenantId: string): Promise<string[]> {
  const members = new TenantRepository(Membership, source);
  const found = await TenantContext.run({ tenantId }, () => members.find());
  return found.map((one) => one.id);
}
