import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DATABASE_TRIGGERS,
  getAllTriggerNames,
  getTriggerMetadata,
  getTriggersForTable,
  triggers,
} from 'nestjs-rowguard';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

interface LiveTrigger {
  readonly name: string;
  readonly table: string;
  readonly function: string;
  readonly timing: string;
  readonly event: string;
  readonly level: string;
  readonly definer: boolean;
  readonly path: string | null;
  readonly enabled: string;
}

/**
 * Those of the migrations; what looks after owners is made from the references, and tried by itself.
 * The bits of tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
 */
const LIVE = `
  SELECT t.tgname::text AS name, c.relname::text AS table, p.proname::text AS function,
    CASE WHEN t.tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END AS timing,
    concat_ws(' OR ', CASE WHEN t.tgtype & 4 > 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 > 0 THEN 'UPDATE' END,
      CASE WHEN t.tgtype & 8 > 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 > 0 THEN 'TRUNCATE' END) AS event,
    CASE WHEN t.tgtype & 1 > 0 THEN 'ROW' ELSE 'STATEMENT' END AS level,
    p.prosecdef AS definer, array_to_string(p.proconfig, ';') AS path, t.tgenabled::text AS enabled
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal AND NOT c.relispartition AND NOT starts_with(t.tgname, 'rowguard_owner_') ORDER BY c.relname, t.tgname`;

/** It only raises, and so looks no name up. */
const READS_NOTHING = 'rowguard_refuse_change';

describe('the triggers of the shipped schema', () => {
  let shipped: ShippedSource;
  let live: LiveTrigger[];

  beforeAll(async () => {
    shipped = await openShipped('all');
    live =
      (await shipped.database?.asOwner(
        async (owner) => (await owner.query<LiveTrigger>(LIVE)).rows,
      )) ?? [];
  });
  afterAll(() => shipped.close());

  it('are in the database as DATABASE_TRIGGERS tells them, and no others are', () => {
    const told = Object.values(DATABASE_TRIGGERS).map(
      ({ description: _d, businessReason: _b, ...one }) => one,
    );
    const found = live.map(({ definer: _d, path: _p, enabled: _e, ...one }) => one);

    expect(new Set(found)).toEqual(new Set(told));
    expect(live.map((one) => one.enabled)).toEqual(live.map(() => 'O'));
  });

  it('run with the rights of whoever sets them off, under a search path of their own', () => {
    for (const one of live) {
      expect({ name: one.name, definer: one.definer }).toEqual({ name: one.name, definer: false });
      if (one.function === READS_NOTHING) continue;
      expect(one.path).toMatch(/^search_path=pg_catalog, .*pg_temp(?:;TimeZone=UTC)?$/);
    }
  });

  it('are told of by getTriggerMetadata, getTriggersForTable and getAllTriggerNames', () => {
    const known = getTriggerMetadata('unpublish_content_on_org_delete');

    expect(known).toMatchObject({
      name: 'trigger_unpublish_on_org_delete',
      function: 'unpublish_content_on_org_delete',
      table: 'content',
      timing: 'BEFORE',
      event: 'UPDATE',
    });
    expect(getTriggerMetadata('trigger_unpublish_on_org_delete')).toBe(known);
    expect(getTriggersForTable('content')).toContain(known);
    expect(getTriggersForTable('tenants')).toEqual([]);
    expect(getAllTriggerNames()).toContain('unpublish_content_on_org_delete');
    expect(getAllTriggerNames()).toHaveLength(live.length);
    for (const unknown of ['nothing', 'constructor', '__proto__', '']) {
      expect(getTriggerMetadata(unknown)).toBeUndefined();
    }
  });

  it('say what they do and why, by the name triggers as well', () => {
    const orgTrigger = triggers.DATABASE_TRIGGERS.unpublish_content_on_org_delete;

    expect(orgTrigger.description).toMatch(/becomes a draft/);
    expect(orgTrigger.businessReason).toMatch(/page of its creator/);
    for (const name of triggers.getAllTriggerNames()) {
      const { description, businessReason } = triggers.getTriggerMetadata(name);
      expect(description.length).toBeGreaterThan(20);
      expect(businessReason.length).toBeGreaterThan(20);
    }
  });
});
