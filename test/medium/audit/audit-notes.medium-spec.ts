import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Audit, AuditHistory, TenantContext, uuidV7 } from 'nestjs-rowguard';
import {
  ANN,
  LEDGER_PLACES,
  LedgerAccount,
  type LedgerSource,
  Sketch,
  asAnn,
} from '../../support/audit/ledger.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { textsSentBy } from '../../support/sent-statements.js';

describe.each(LEDGER_PLACES)('notes and reads in the audit log, on %s', (_, open) => {
  let ledger: LedgerSource;
  let audit: Audit;
  let history: AuditHistory;

  const historyOf = (id: string) => asAnn(() => history.of(LedgerAccount, id));

  beforeAll(async () => {
    ledger = await open();
    audit = new Audit(ledger.source);
    history = new AuditHistory(ledger.source);
  });
  afterAll(() => ledger.close());

  it('keep what was done, by whom, and about which row', async () => {
    const id = uuidV7();

    await asAnn(() => audit.note('statement sent', { pages: 3 }, { entity: LedgerAccount, id }));

    expect((await historyOf(id.toUpperCase())).items).toMatchObject([
      {
        op: 'note',
        source: 'manual',
        action: 'statement sent',
        meta: { pages: 3 },
        actor: { type: 'user', id: 'ann' },
        requestId: ANN.requestId,
        entity: 'LedgerAccount',
        key: { id },
        changes: {},
        erased: false,
      },
    ]);
  });

  it('keep who has seen rows, however many, in one statement', async () => {
    const ids = Array.from({ length: 500 }, () => uuidV7());

    const sent = await textsSentBy(() =>
      asAnn(() => audit.read(LedgerAccount, ids, 'a tax audit')),
    );

    expect(sent).toHaveLength(1);
    const page = await asAnn(() => history.between({ op: 'read' }, { limit: 1000 }));
    const items = page.items.filter((one) => one.meta['why'] === 'a tax audit');
    expect(items).toHaveLength(500);
    expect(new Set(items.map((one) => one.key['id']))).toEqual(new Set(ids));
    expect(items[0]).toMatchObject({ meta: { why: 'a tax audit' }, action: null, erased: false });
  });

  it('write nothing about no rows', async () => {
    expect(await textsSentBy(() => asAnn(() => audit.read(LedgerAccount, [])))).toEqual([]);
  });

  it('vanish with the work that they belong to', async () => {
    const id = uuidV7();
    const about = { entity: LedgerAccount, id };

    await expect(
      asAnn(() =>
        ledger.source.transaction(async () => {
          await audit.note('undone', {}, about);
          throw new Error('and so is this');
        }),
      ),
    ).rejects.toThrow('and so is this');
    await asAnn(() => ledger.source.transaction(() => audit.note('done', {}, about)));

    expect((await historyOf(id)).items.map((one) => one.action)).toEqual(['done']);
  });

  it('may be about rows whose changes nobody audits', async () => {
    const id = uuidV7();

    await asAnn(() => audit.note('sketched', {}, { entity: Sketch, id }));

    expect((await asAnn(() => history.of(Sketch, id))).items).toHaveLength(1);
  });

  it('change nothing of what the log tells of a row', async () => {
    const accounts = ledger.source.getRepository(LedgerAccount);
    const { id } = await asAnn(() => accounts.save({ name: 'seen' }));
    await asAnn(() => audit.read(LedgerAccount, id));
    const [read] = (await historyOf(id)).items;

    const told = await asAnn(() => history.asOf(LedgerAccount, id, read ?? new Date()));

    expect(told?.row.name).toBe('seen');
    await expect(asAnn(() => history.revert(read as never))).rejects.toMatchObject({
      code: 'ROWGUARD_REVERT_REFUSED',
    });
  });

  it('are of the tenant in hand, and of the tenant that system work names', async () => {
    const id = uuidV7();
    await TenantContext.run({ tenantId: GLOBEX, actorId: 'gus' }, () => audit.note('of globex'));
    await TenantContext.runAsSystem('nightly report', async () => {
      await audit.note('of acme', {}, { entity: LedgerAccount, id: { tenantId: ACME, id } });
      await audit.note('of nobody');
    });

    const seen = (await asAnn(() => history.between({ op: 'note' }))).items;
    const all = await TenantContext.runAsSystem('a test', () => history.between({ op: 'note' }));

    expect(seen.map((one) => one.action)).toContain('of acme');
    expect(seen.map((one) => one.action)).not.toContain('of globex');
    expect(seen.map((one) => one.action)).not.toContain('of nobody');
    expect(all.items.find((one) => one.action === 'of acme')).toMatchObject({
      tenantId: ACME,
      actor: { type: 'system', id: 'nightly report' },
    });
  });

  it('want to know who writes them', async () => {
    await expect(
      TenantContext.run({ tenantId: ACME }, () => audit.note('by nobody')),
    ).rejects.toMatchObject({ code: 'ROWGUARD_AUDIT_ACTOR_MISSING' });
  });

  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it.each([
    ['no action', () => audit.note('')],
    ['an action that is no text', () => audit.note(7 as never)],
    ['a long action', () => audit.note('x'.repeat(201))],
    ['details that are a list', () => audit.note('x', [] as never)],
    ['details in a circle', () => audit.note('x', circle)],
    ['details with a bigint', () => audit.note('x', { n: 1n })],
    ['details with a nul byte', () => audit.note('x', { text: 'a\0b' })],
    ['details that are large', () => audit.note('x', { text: 'x'.repeat(20_000) })],
    ['a subject that is none', () => audit.note('x', {}, null as never)],
    ['a subject without an id', () => audit.note('x', {}, { entity: LedgerAccount } as never)],
    ['an entity that is none', () => audit.read(Date as never, uuidV7())],
    ['an id that is none', () => audit.read(LedgerAccount, 'x')],
    ['too many ids', () => audit.read(LedgerAccount, Array<string>(1001).fill(uuidV7()))],
    ['a reason that is no text', () => audit.read(LedgerAccount, uuidV7(), '')],
  ])('refuse %s', async (_what, write) => {
    await expect(asAnn(write)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('refuse a row in system work whose tenant nobody named', async () => {
    await TenantContext.runAsSystem('a test', () =>
      expect(audit.read(LedgerAccount, uuidV7())).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      }),
    );
  });
});
