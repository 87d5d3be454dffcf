import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable } from '@nestjs/common';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
} from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  DatabaseModule,
  InjectTenantRepository,
  TenantContext,
  TenantContextMissingError,
  TenantRepository,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { FIRST, NOTES, Note, SECOND, TENANTS, notesOf, seedNotes } from './notes.js';
import { createApp } from './start-app.js';

const WAIT_MS = 5_000;

@Injectable()
class NightlyReport {
  readonly counts = new Map<string, number>();
  readonly failures: unknown[] = [];

  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {}

  /** The usual shape: ask as the system who is there, then work for one after the other. */
  @Cron(CronExpression.EVERY_DAY_AT_1AM, { name: 'report' })
  async report(): Promise<void> {
    const tenants = await TenantContext.runAsSystem('list the tenants for the report', async () => {
      const rows = await this.notes.find({ select: { tenantId: true, id: true } });
      return new Set(rows.map((row) => row.tenantId));
    });
    for (const tenantId of tenants) {
      await TenantContext.run({ tenantId, actorId: 'nightly report' }, async () => {
        this.counts.set(tenantId, await this.notes.count());
      });
    }
  }

  @Interval('forgetful', 20)
  async forgetful(): Promise<void> {
    await this.notes.find().catch((error: unknown) => this.failures.push(error));
  }
}

interface Job {
  readonly tenantId?: string;
  readonly done: (bodies: string[] | Error) => void;
}

/** A consumer that lives outside of any request, as those of queue libraries do. */
@Injectable()
class JobConsumer {
  readonly queue = new EventEmitter();

  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {
    this.queue.on('job', (job: Job) => setImmediate(() => void this.consume(job)));
  }

  private async consume({ tenantId, done }: Job): Promise<void> {
    const work = async () => {
      await sleep(Math.random() * 3);
      return (await this.notes.find()).map((note) => note.body).sort();
    };
    try {
      done(await (tenantId === undefined ? work() : TenantContext.run({ tenantId }, work)));
    } catch (error) {
      done(error as Error);
    }
  }
}

describe('work without a request', () => {
  let database: ScratchDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    app = await createApp({
      imports: [
        DatabaseModule.forRoot({ url: database.url, entities: NOTES }),
        ScheduleModule.forRoot(),
      ],
      providers: [NightlyReport, JobConsumer],
    });
    await app.init();
    await seedNotes(app.get(getDataSourceToken()));
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const enqueue = (tenantId?: string): Promise<string[] | Error> =>
    new Promise((done) => {
      app.get(JobConsumer).queue.emit('job', {
        done,
        ...(tenantId === undefined ? {} : { tenantId }),
      } satisfies Job);
    });

  it('on a schedule acts for each tenant in turn', async () => {
    await app.get(SchedulerRegistry).getCronJob('report').fireOnTick();
    const { counts } = app.get(NightlyReport);

    const deadline = Date.now() + WAIT_MS;
    while (counts.size < TENANTS.length && Date.now() < deadline) await sleep(10);

    expect([...counts]).toEqual(TENANTS.map((tenantId) => [tenantId, 3]));
  });

  it('on a schedule without a tenant is refused each time', async () => {
    const { failures } = app.get(NightlyReport);

    const deadline = Date.now() + WAIT_MS;
    while (failures.length < 2 && Date.now() < deadline) await sleep(10);

    expect(failures.length).toBeGreaterThanOrEqual(2);
    expect(failures.every((error) => error instanceof TenantContextMissingError)).toBe(true);
  });

  it('from a queue acts for the tenant that the job names', async () => {
    const jobs = Array.from({ length: 50 }, (_, at) => TENANTS[at % TENANTS.length] ?? '');

    const answers = await Promise.all(jobs.map((tenantId) => enqueue(tenantId)));

    expect(answers).toEqual(jobs.map(notesOf));
  });

  it('from a queue without a tenant is refused', async () => {
    await expect(enqueue()).resolves.toBeInstanceOf(TenantContextMissingError);
  });

  it('started inside the work of a tenant acts for the tenant that the job names', async () => {
    const answer = await TenantContext.run({ tenantId: FIRST }, () => enqueue(SECOND));

    expect(answer).toEqual(notesOf(SECOND));
  });
});
