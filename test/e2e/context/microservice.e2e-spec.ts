import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  DatabaseModule,
  InjectTenantRepository,
  TenantRepository,
  TenantScoped,
} from 'nestjs-rowguard';
import { firstValueFrom } from 'rxjs';
import { Like } from 'typeorm';
import { freePort } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { NOTES, Note, SECOND, TENANTS, notesOf, seedNotes } from './notes.js';
import { createApp } from './start-app.js';

interface Order {
  readonly tenant?: string;
  readonly body?: string;
}

let eventHandled: (body: string | undefined) => void = () => undefined;

@Controller()
class NotesHandler {
  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {}

  @MessagePattern('list')
  async list(): Promise<string[]> {
    const notes = await this.notes.findBy({ body: Like('note %') });
    return notes.map((note) => note.body).sort();
  }

  @EventPattern('write')
  async write(@Payload() order: Order): Promise<void> {
    const note = await this.notes.save({ body: order.body ?? '' }).catch(() => undefined);
    eventHandled(note?.tenantId);
  }
}

@Controller()
@TenantScoped()
class ScopedHandler extends NotesHandler {}

describe.each([
  ['with the interceptors of the application', NotesHandler, true],
  ['with @TenantScoped on its handler', ScopedHandler, false],
])('a microservice over TCP, %s', (_how, handler, inheritAppConfig) => {
  let database: ScratchDatabase;
  let app: INestApplication;
  let client: ClientProxy;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    const root = DatabaseModule.forRoot({
      url: database.url,
      entities: NOTES,
      tenancy: { resolve: (order) => (order as unknown as Order).tenant },
    });
    app = await createApp({ imports: [root], controllers: [handler] });
    const options = { host: '127.0.0.1', port: await freePort() };
    app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig });
    await app.startAllMicroservices();
    await app.init();
    client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    await seedNotes(app.get(getDataSourceToken()));
  });

  afterAll(async () => {
    client.close();
    await app.close();
    await database.drop();
  });

  const send = (order: Order) => firstValueFrom(client.send<string[]>('list', order));

  it('answers for the tenant that the message names', async () => {
    const answers = await Promise.all(TENANTS.map((tenant) => send({ tenant })));

    expect(answers).toEqual(TENANTS.map(notesOf));
  });

  it('handles an event for its tenant', async () => {
    const handled = new Promise((resolve) => (eventHandled = resolve));

    client.emit('write', { tenant: SECOND, body: `an event of ${SECOND}` }).subscribe();

    await expect(handled).resolves.toBe(SECOND);
  });

  it('refuses a message that names nobody', async () => {
    await expect(send({})).rejects.toBeTruthy();
  });

  it('writes nothing for an event that names nobody', async () => {
    const handled = new Promise((resolve) => (eventHandled = resolve));

    client.emit('write', { body: 'lost' }).subscribe();

    await expect(handled).resolves.toBeUndefined();
  });
});
