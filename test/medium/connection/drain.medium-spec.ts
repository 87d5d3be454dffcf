import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module, Param, type OnModuleDestroy } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DatabaseErrorFilter,
  DatabaseModule,
  RowguardDataSource,
  TenantContext,
} from 'nestjs-rowguard';
import { newGate } from '../../support/gate.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, GLOBEX, SHOP } from '../../support/shop.js';

const begun = { gate: newGate() };

@Controller()
class SlowController {
  constructor(private readonly source: RowguardDataSource) {}

  /** Holds no connection in between. */
  @Get('slow/:ms')
  async slow(@Param('ms') ms: string): Promise<unknown> {
    await this.source.query('select 1');
    begun.gate.open();
    await pause(Number(ms));
    await this.source.query("insert into customers (email) values ('slow')");
    return { ok: true };
  }

  @Get('quick')
  quick(): Promise<unknown> {
    return this.source.query('select 1 as one');
  }
}
Reflect.defineMetadata('design:paramtypes', [RowguardDataSource], SlowController);

/** Whoever still writes while the modules end. */
class LastWords implements OnModuleDestroy {
  constructor(private readonly source: RowguardDataSource) {}

  async onModuleDestroy(): Promise<void> {
    await as(GLOBEX, () => this.source.query("insert into customers (email) values ('bye')"));
  }
}

describe('an application that shuts down', () => {
  let database: ScratchDatabase;
  beforeEach(async () => {
    database = await ScratchDatabase.create();
    begun.gate = newGate();
  });
  afterEach(() => database.drop());

  const start = async (drainMs: number) => {
    @Module({
      imports: [
        DatabaseModule.forRoot({
          url: database.url,
          entities: SHOP,
          pool: { drainMs },
          tenancy: { resolve: () => ACME },
        }),
      ],
      controllers: [SlowController],
      providers: [
        { provide: RowguardDataSource, useExisting: getDataSourceToken() },
        { provide: APP_FILTER, useClass: DatabaseErrorFilter },
        {
          provide: LastWords,
          inject: [getDataSourceToken()],
          useFactory: (source: RowguardDataSource) => new LastWords(source),
        },
      ],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, forceCloseConnections: true });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const source = app.get<RowguardDataSource>(getDataSourceToken());
    const call = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    return { app, source, call };
  };
  const emails = async (): Promise<string[]> =>
    database.asOwner(async (client) => {
      const { rows } = await client.query<{ email: string }>('select email from customers');
      return rows.map(({ email }) => email).sort();
    });

  it('lets requests finish, refuses new ones with 503, and leaves nothing open', async () => {
    const { app, source, call } = await start(10_000);
    expect(await call('/quick')).toMatchObject({ status: 200 });
    const slow = call('/slow/600');
    await begun.gate.opened;
    const closed = app.close();
    while (!source.isDraining) await pause(5);
    expect(await call('/quick')).toMatchObject({
      status: 503,
      body: { code: 'ROWGUARD_DRAINING', detail: 'This server shuts down; try again' },
    });
    expect(await slow).toEqual({ status: 200, body: { ok: true } });
    await closed;
    expect(source.isInitialized).toBe(false);
    expect(await emails()).toEqual(['bye', 'slow']);
  });

  it('does not wait for more than drainMs', async () => {
    const { app, call } = await start(150);
    const slow = call('/slow/1500').catch((error: unknown) => error);
    await begun.gate.opened;
    const from = performance.now();
    await app.close();
    expect(performance.now() - from).toBeLessThan(1_400);
    await slow;
  });

  it('does not wait where nothing is in hand', async () => {
    const { app } = await start(10_000);
    const from = performance.now();
    await app.close();
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it('work that began before goes on between its statements, and what begins after it is refused', async () => {
    const { app, source } = await start(10_000);
    const enough = newGate();
    const asked = newGate();
    const job = as(ACME, async () => {
      asked.open();
      await enough.opened;
      await as(ACME, () => source.query("insert into customers (email) values ('job')"));
    });
    await asked.opened;
    const closed = app.close();
    while (!source.isDraining) await pause(5);
    for (const refused of [
      () => as(ACME, () => source.query('select 1')),
      () => source.query('select 1'),
      () => TenantContext.runAsSystem('late', () => source.query('select 1')),
    ]) {
      expect(await errorOf(async () => refused())).toMatchObject({ code: 'ROWGUARD_DRAINING' });
    }
    enough.open();
    await job;
    await closed;
    expect(await emails()).toEqual(['bye', 'job']);
  });
});
