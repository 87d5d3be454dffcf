import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable } from '@nestjs/common';
import { InjectEntityManager, InjectRepository, getDataSourceToken } from '@nestjs/typeorm';
import { EntityManager, Repository } from 'typeorm';
import {
  DatabaseModule,
  InjectTenantRepository,
  TenantContext,
  TenantRepository,
  TenantSwitchError,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { FIRST, NOTES, Note, SECOND, seedNotes } from './notes.js';
import { createApp } from './start-app.js';

/** Knows nothing of transactions. */
@Injectable()
class Journal {
  constructor(
    @InjectRepository(Note) private readonly notes: Repository<Note>,
    @InjectEntityManager() private readonly manager: EntityManager,
  ) {}

  async write(body: string): Promise<number> {
    await this.notes.save({ body });
    const rows = await this.manager.query<{ id: number }[]>('select pg_backend_pid() as id');
    return rows[0]?.id ?? 0;
  }
}

@Injectable()
class Orders {
  constructor(
    @InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>,
    private readonly journal: Journal,
    private readonly context: TenantContext,
  ) {}

  /** Two services, one transaction, no manager handed around. */
  place(body: string, failAfter: boolean): Promise<[number, number]> {
    return this.context.transaction(async () => {
      await this.notes.save({ body });
      const rows = await this.notes.query('select pg_backend_pid() as id');
      const theirs = await this.journal.write(`journal: ${body}`);
      if (failAfter) throw new Error('changed my mind');
      return [(rows as { id: number }[])[0]?.id ?? 0, theirs];
    });
  }

  placeUnlessJournalFails(body: string): Promise<void> {
    return this.context.transaction(async () => {
      await this.notes.save({ body });
      await this.context
        .transaction(
          async () => {
            await this.journal.write(`journal: ${body}`);
            throw new Error('the journal is full');
          },
          { savepoint: true },
        )
        .catch(() => undefined);
    });
  }
}

describe('a transaction', () => {
  let database: ScratchDatabase;
  let app: INestApplication;
  let orders: Orders;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    app = await createApp({
      imports: [DatabaseModule.forRoot({ url: database.url, entities: NOTES, pool: { max: 4 } })],
      providers: [Journal, Orders],
    });
    await app.init();
    await seedNotes(app.get(getDataSourceToken()));
    orders = app.get(Orders);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const written = (body: string) =>
    database.asOwner(async (client) => {
      const { rows } = await client.query<{ body: string; tenant_id: string }>(
        'select body, tenant_id from notes where body in ($1, $2) order by body',
        [body, `journal: ${body}`],
      );
      return rows.map((row) => [row.body, row.tenant_id]);
    });

  it('is shared by two services without a manager being passed', async () => {
    const [mine, theirs] = await as(FIRST, () => orders.place('one', false));

    expect(mine).toBe(theirs);
    await expect(written('one')).resolves.toEqual([
      ['journal: one', FIRST],
      ['one', FIRST],
    ]);
  });

  it('takes back what both services wrote when one of them fails', async () => {
    await expect(as(FIRST, () => orders.place('two', true))).rejects.toThrow('changed my mind');

    await expect(written('two')).resolves.toEqual([]);
  });

  it('takes back only the part that failed where a savepoint was asked for', async () => {
    await as(FIRST, () => orders.placeUnlessJournalFails('three'));

    await expect(written('three')).resolves.toEqual([['three', FIRST]]);
  });

  it('of one tenant never carries the work of another that runs beside it', async () => {
    const bodies = Array.from({ length: 20 }, (_, at) => `beside ${at}`);

    await Promise.allSettled(
      bodies.map((body, at) => as(at % 2 ? FIRST : SECOND, () => orders.place(body, at % 5 === 4))),
    );

    for (const [at, body] of bodies.entries()) {
      const tenantId = at % 2 ? FIRST : SECOND;
      const expected = [body, `journal: ${body}`].sort().map((one) => [one, tenantId]);
      await expect(written(body)).resolves.toEqual(at % 5 === 4 ? [] : expected);
    }
  });

  it('cannot be carried over to another tenant', async () => {
    const context = app.get(TenantContext);
    const carried = as(FIRST, () =>
      context.transaction(() => as(SECOND, () => orders.place('smuggled', false))),
    );

    await expect(carried).rejects.toBeInstanceOf(TenantSwitchError);
    await expect(written('smuggled')).resolves.toEqual([]);
  });
});
