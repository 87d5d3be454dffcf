import { afterEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, type INestApplication, Injectable, Module } from '@nestjs/common';
import {
  InjectDataSource,
  InjectEntityManager,
  InjectRepository,
  getDataSourceToken,
} from '@nestjs/typeorm';
import { Column, DataSource, Entity, EntityManager, Repository } from 'typeorm';
import {
  DatabaseModule,
  InjectTenantRepository,
  RowguardDataSource,
  TenantContext,
  TenantContextMissingError,
  TenantEntity,
  TenantRepository,
  getTenantRepositoryToken,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { FIRST, NOTES, Note, SECOND, notesOf, seedNotes } from './notes.js';
import { createApp } from './start-app.js';

@Entity({ name: 'reports' })
class Report extends TenantEntity {
  @Column({ type: 'text' })
  title!: string;
}

class Settings {
  constructor(readonly url: string) {}
}

@Module({})
class SettingsModule {
  static with(url: string): DynamicModule {
    const settings = { provide: Settings, useValue: new Settings(url) };
    return { module: SettingsModule, providers: [settings], exports: [Settings] };
  }
}

/** Every door that @nestjs/typeorm opens. */
@Injectable()
class PlainDoors {
  constructor(
    @InjectRepository(Note) readonly repository: Repository<Note>,
    @InjectDataSource() readonly source: DataSource,
    @InjectEntityManager() readonly manager: EntityManager,
  ) {}

  all(): Record<string, () => Promise<{ body: string }[]>> {
    const { repository, source, manager } = this;
    return {
      'the repository': () => repository.find(),
      'the query builder of the repository': () => repository.createQueryBuilder('n').getMany(),
      'the repository of the data source': () => source.getRepository(Note).find(),
      'the manager of the data source': () => source.manager.find(Note),
      'SQL on the data source': () => source.query('select body from notes'),
      'the manager': () => manager.find(Note),
      'SQL on the manager': () => manager.query('select body from notes'),
      'a transaction of the manager': () => manager.transaction((inner) => inner.find(Note)),
      'a transaction of the data source': () => source.transaction((inner) => inner.find(Note)),
      'a query runner': async () => {
        const runner = source.createQueryRunner();
        try {
          return await runner.manager.find(Note);
        } finally {
          await runner.release();
        }
      },
    };
  }
}

@Injectable()
class Reporting {
  constructor(
    @InjectTenantRepository(Note) readonly notes: TenantRepository<Note>,
    @InjectTenantRepository(Report, 'reports') readonly reports: TenantRepository<Report>,
    @InjectDataSource('reports') readonly source: RowguardDataSource,
  ) {}
}

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const sorted = (rows: readonly { body: string }[]) => rows.map((row) => row.body).sort();

function openConnections(database: ScratchDatabase): Promise<number> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<{ count: string }>(
      'select count(*) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [database.name],
    );
    return Number(rows[0]?.count);
  });
}

describe('an application', () => {
  const databases: ScratchDatabase[] = [];
  let app: INestApplication | undefined;

  const newDatabase = async (): Promise<ScratchDatabase> => {
    const database = await ScratchDatabase.create();
    databases.push(database);
    return database;
  };

  afterEach(async () => {
    await app?.close();
    app = undefined;
    for (const database of databases.splice(0)) await database.drop();
  });

  it('finds every door of @nestjs/typeorm guarded', async () => {
    const { url } = await newDatabase();
    const root = DatabaseModule.forRoot({ url, entities: NOTES });
    app = await (await createApp({ imports: [root], providers: [PlainDoors] })).init();
    await seedNotes(app.get(getDataSourceToken()));

    for (const [door, ask] of Object.entries(app.get(PlainDoors).all())) {
      const seen = [door, sorted(await as(FIRST, ask)), sorted(await as(SECOND, ask))];
      expect(seen).toEqual([door, notesOf(FIRST), notesOf(SECOND)]);
      const refusal = await ask().catch((error: unknown) => error);
      expect([door, refusal]).toEqual([door, expect.any(TenantContextMissingError)]);
    }
  });

  it('takes its options from a factory with dependencies, and its entities from its features', async () => {
    const database = await newDatabase();
    const feature = DatabaseModule.forFeature([Note]);
    @Module({ imports: [feature], exports: [feature] })
    class NotesFeature {}
    const root = DatabaseModule.forRootAsync({
      imports: [SettingsModule.with(database.url)],
      inject: [Settings],
      useFactory: async ({ url }: Settings) => Promise.resolve({ url }),
    });

    app = await (await createApp({ imports: [root, NotesFeature] })).init();
    const notes = app.get<TenantRepository<Note>>(getTenantRepositoryToken(Note), {
      strict: false,
    });
    await as(FIRST, () => notes.save({ body: 'by a feature' }));

    await expect(as(FIRST, () => notes.find())).resolves.toHaveLength(1);
    await expect(as(SECOND, () => notes.find())).resolves.toEqual([]);
    expect(app.get<RowguardDataSource>(getDataSourceToken()).databaseOptions.url).toBe(
      database.url,
    );
  });

  it('has several databases by name, each with its own tables and walls', async () => {
    const [main, reports] = [await newDatabase(), await newDatabase()];
    app = await createApp({
      imports: [
        DatabaseModule.forRoot({ url: main.url, entities: NOTES }),
        DatabaseModule.forRoot({ name: 'reports', url: reports.url }),
        DatabaseModule.forFeature([Report], 'reports'),
      ],
      providers: [Reporting],
    });
    await app.init();
    const reporting = app.get(Reporting);

    await as(FIRST, async () => {
      await reporting.notes.save({ body: 'in the first database' });
      await reporting.reports.save({ title: 'in the second' });
    });

    const titlesOf = async (tenantId: string) =>
      (await as(tenantId, () => reporting.reports.find())).map((report) => report.title);
    await expect(titlesOf(FIRST)).resolves.toEqual(['in the second']);
    await expect(titlesOf(SECOND)).resolves.toEqual([]);
    await expect(
      as(SECOND, () => reporting.source.query('select * from reports')),
    ).resolves.toEqual([]);
    await expect(reporting.reports.find()).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(tablesOf(main)).resolves.toEqual(['countries', 'notes']);
    await expect(tablesOf(reports)).resolves.toEqual(['reports']);
  });

  it('keeps the transactions of its databases apart', async () => {
    const [main, reports] = [await newDatabase(), await newDatabase()];
    app = await createApp({
      imports: [
        DatabaseModule.forRoot({ url: main.url, entities: NOTES }),
        DatabaseModule.forRoot({ name: 'reports', url: reports.url, entities: [Report] }),
      ],
      providers: [Reporting],
    });
    await app.init();
    const reporting = app.get(Reporting);

    const work = as(FIRST, () =>
      reporting.notes.transaction(async () => {
        await reporting.notes.save({ body: 'taken back' });
        await reporting.reports.transaction(() => reporting.reports.save({ title: 'stays' }));
        throw new Error('after all');
      }),
    );

    await expect(work).rejects.toThrow('after all');
    await expect(as(FIRST, () => reporting.notes.find())).resolves.toEqual([]);
    await expect(as(FIRST, () => reporting.reports.find())).resolves.toHaveLength(1);
  });

  it('closes every connection of every database when it is closed', async () => {
    const [main, reports] = [await newDatabase(), await newDatabase()];
    app = await createApp({
      imports: [
        DatabaseModule.forRoot({ url: main.url, entities: NOTES, pool: { min: 2, max: 4 } }),
        DatabaseModule.forRoot({ name: 'reports', url: reports.url, entities: [Report] }),
      ],
      providers: [Reporting],
    });
    await app.init();
    const { notes, reports: other } = app.get(Reporting);
    await as(FIRST, () => Promise.all(Array.from({ length: 8 }, () => notes.find())));
    await TenantContext.runAsSystem('a test of closing', () =>
      Promise.all([notes, other].map((one) => one.find())),
    );
    const before = [await openConnections(main), await openConnections(reports)];

    await app.close();

    expect(before.every((count) => count > 0)).toBe(true);
    await expect(openConnections(main)).resolves.toBe(0);
    await expect(openConnections(reports)).resolves.toBe(0);
  });
});

function tablesOf(database: ScratchDatabase): Promise<string[]> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    );
    return rows.map((row) => row.name);
  });
}
