import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  type INestApplication,
  Injectable,
  type LoggerService,
  Module,
  Param,
  Post,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Audited,
  DatabaseModule,
  InjectTenantRepository,
  TenantContext,
  TenantEntity,
  TenantRepository,
  UnitOfWorkClosedError,
} from 'nestjs-rowguard';
import { TestDatabase, expectQueries, factory, withTestDatabase } from 'nestjs-rowguard/testing';
import { Column, DataSource, Entity } from 'typeorm';
import { FIRST, NOTES, Note, SECOND } from './context/notes.js';
import { HttpClient } from './http-client.js';

@Entity({ name: 'memos' })
@Audited()
class Memo extends TenantEntity {
  @Column({ type: 'text' })
  text!: string;
}

const ENTITIES = [...NOTES, Memo];
const nothing = (): void => undefined;
const SILENT: LoggerService = { log: nothing, error: nothing, warn: nothing };

@Injectable()
class NoteService {
  constructor(
    @InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>,
    private readonly context: TenantContext,
  ) {}

  list(): Promise<Note[]> {
    return this.notes.find({ order: { body: 'ASC' } });
  }

  add(body: string): Promise<Note> {
    return this.context.transaction(async () => {
      const note = await this.notes.save({ body });
      if (body === 'bad') throw new Error('after it was written');
      return note;
    });
  }
}

/** What the application does after it has answered. */
let afterwards: Promise<unknown> = Promise.resolve();

@Controller('memos')
class MemoController {
  constructor(
    @InjectTenantRepository(Memo) private readonly memos: TenantRepository<Memo>,
    private readonly context: TenantContext,
  ) {}

  @Get()
  list(): Promise<Memo[]> {
    return this.memos.find();
  }

  @Post()
  async add(@Body() { text }: { text: string }): Promise<Memo> {
    const memo = await this.memos.save({ text });
    if (text === 'late') {
      const over = new Promise((resolve) => setTimeout(resolve, 150));
      afterwards = over.then(() => this.memos.save({ text: 'after the answer' }));
      afterwards.catch(() => undefined);
    }
    return memo;
  }

  @Post('broken')
  broken(): Promise<unknown> {
    return this.context.transaction(async () => {
      await this.memos.save({ text: 'before the mistake' });
      return this.memos.query('select * from nowhere');
    });
  }

  @Delete(':id')
  async remove(@Param('id') id: string): Promise<void> {
    await this.memos.softDelete({ id });
  }
}

@Controller('notes')
class NoteController {
  constructor(private readonly service: NoteService) {}

  @Get()
  async list(): Promise<string[]> {
    return (await this.service.list()).map((note) => note.body);
  }

  @Post()
  async add(@Body() { body }: { body: string }, @Headers('x-tenant-id') tenant: string) {
    return { tenant, id: (await this.service.add(body)).id };
  }
}

/** As it runs in production: it names a database that is not there. */
@Module({
  imports: [
    DatabaseModule.forRoot({
      url: 'postgresql://nobody:nothing@127.0.0.1:1/none',
      entities: ENTITIES,
      tenancy: {
        resolve: (request) => {
          const { headers } = request as { headers: Record<string, string> };
          return { tenantId: headers['x-tenant-id'] ?? '', actorId: FIRST };
        },
      },
    }),
  ],
  controllers: [NoteController, MemoController],
  providers: [NoteService],
})
class AppModule {}

describe.each([
  ['a server', { url: process.env['ROWGUARD_TEST_URL'] ?? '' }],
  ['the embedded engine', {}],
])('an application under test, on %s', (_, engine) => {
  let db: TestDatabase;
  let app: INestApplication;
  let http: HttpClient;

  const list = (tenantId: string) =>
    http.call<string[]>('/notes', { headers: { 'x-tenant-id': tenantId } });
  const add = (tenantId: string, body: string) =>
    http.call('/notes', { method: 'POST', headers: { 'x-tenant-id': tenantId }, body: { body } });

  beforeAll(async () => {
    db = await TestDatabase.start({ ...engine, entities: ENTITIES, isolation: 'rollback' });
    const module = Test.createTestingModule({ imports: [AppModule] });
    const compiled = await withTestDatabase(module, db).setLogger(SILENT).compile();
    app = compiled.createNestApplication();
    http = await HttpClient.start(app);
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await db?.stop();
  });

  it('works on the test database, and its requests take part in the test', async () => {
    await db.isolate(async () => {
      await db.asTenant(FIRST, () => factory(db, Note).create({ body: 'from the test' }));
      const added = await add(FIRST, 'from a request');
      await add(SECOND, 'of another');

      expect(added.status).toBe(201);
      expect((await list(FIRST)).body).toEqual(['from a request', 'from the test']);
      expect((await list(SECOND)).body).toEqual(['of another']);
      await expect(db.asSystem(() => db.repository(Note).count())).resolves.toBe(3);
    });

    await expect(db.asSystem(() => db.repository(Note).count())).resolves.toBe(0);
  });

  it('rolls back its own transactions, while others run', async () => {
    await db.isolate(async () => {
      const bodies = ['good', 'bad', 'fine', 'bad', 'well'];
      const answers = await Promise.all(bodies.map((body) => add(FIRST, body)));

      expect(answers.map(({ status }) => status)).toEqual([201, 500, 201, 500, 201]);
      expect((await list(FIRST)).body).toEqual(['fine', 'good', 'well']);
    });
  });

  it('is counted by what its requests ask', async () => {
    await db.isolate(async () => {
      await expectQueries(db, 1, () => list(FIRST));
      const { queries, roundTrips } = await db.counting(() => add(FIRST, 'counted'));

      expect(queries.map(({ sql }) => sql.slice(0, 11))).toEqual(['INSERT INTO']);
      expect(roundTrips).toBe(3);
    });
  });

  it('goes on after a request that has failed in its transaction, and logs and deletes as ever', async () => {
    await db.isolate(async () => {
      const act = (method: 'DELETE' | 'GET' | 'POST', path: string, body?: object) =>
        http.call<{ id: string }>(`/memos${path}`, {
          method,
          headers: { 'x-tenant-id': FIRST },
          ...(body ? { body } : {}),
        });
      const statuses = [];
      for (const at of [1, 2]) {
        statuses.push((await act('POST', '/broken', {})).status);
        const { body } = await act('POST', '', { text: `memo ${at}` });
        statuses.push((await act('DELETE', `/${body.id}`)).status);
      }
      const log = await db.source.plan.pinned?.bare<{ action: string }>(
        'select action from audit_logs order by 1',
      );

      expect(statuses).toEqual([500, 200, 500, 200]);
      await expect(act('GET', '')).resolves.toMatchObject({ body: [] });
      await expect(
        db.asSystem(() => db.repository(Memo).count({ withDeleted: true })),
      ).resolves.toBe(2);
      expect(log).toHaveLength(4);
    });
  });

  it('cannot write after the test what a request has left to do', async () => {
    await db.isolate(() =>
      http.call('/memos', {
        method: 'POST',
        headers: { 'x-tenant-id': FIRST },
        body: { text: 'late' },
      }),
    );

    await expect(afterwards).rejects.toThrow(UnitOfWorkClosedError);
    await expect(db.asSystem(() => db.repository(Memo).count({ withDeleted: true }))).resolves.toBe(
      0,
    );
  });

  it('may be closed before the test database', async () => {
    const module = Test.createTestingModule({ imports: [AppModule] });
    const other = await withTestDatabase(module, db).setLogger(SILENT).compile();
    await other.createNestApplication().init();
    await other.close();

    expect(other.get(DataSource, { strict: false })).toBe(db.source);
    await expect(list(FIRST)).resolves.toMatchObject({ status: 200 });
  });
});
