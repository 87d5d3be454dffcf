import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '@nestjs/websockets';
import {
  DatabaseModule,
  InjectTenantRepository,
  TenantRepository,
  TenantScoped,
} from 'nestjs-rowguard';
import { type Observable, concatMap, interval, map, take } from 'rxjs';
import { WebSocket } from 'ws';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { FIRST, NOTES, Note, SECOND, TENANTS, notesOf, seedNotes } from './notes.js';
import { createApp } from './start-app.js';

type Client = WebSocket & { tenantId?: string };
type Message = WsResponse<unknown>;

function identify(client: Client, incoming: IncomingMessage): void {
  const tenantId = new URL(incoming.url ?? '/', 'ws://localhost').searchParams.get('tenant');
  if (tenantId) client.tenantId = tenantId;
}

@WebSocketGateway({ path: '/scoped' })
@TenantScoped()
class ScopedGateway implements OnGatewayConnection {
  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {}

  handleConnection(client: Client, incoming: IncomingMessage): void {
    identify(client, incoming);
  }

  @SubscribeMessage('list')
  list(): Promise<Message> {
    return listed(this.notes);
  }

  /** One answer after the other, long after the message was handled. */
  @SubscribeMessage('watch')
  watch(): Observable<Message> {
    return interval(2).pipe(
      take(3),
      concatMap((skip) => this.notes.find({ order: { body: 'ASC' }, skip, take: 1 })),
      map(([note]) => ({ event: 'watch', data: note?.body })),
    );
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway implements OnGatewayConnection {
  constructor(@InjectTenantRepository(Note) private readonly notes: TenantRepository<Note>) {}

  handleConnection(client: Client, incoming: IncomingMessage): void {
    identify(client, incoming);
  }

  @SubscribeMessage('list')
  list(): Promise<Message> {
    return listed(this.notes);
  }

  @TenantScoped()
  @SubscribeMessage('list-scoped')
  listScoped(): Promise<Message> {
    return listed(this.notes);
  }
}

async function listed(notes: TenantRepository<Note>): Promise<Message> {
  try {
    return { event: 'list', data: (await notes.find()).map((note) => note.body).sort() };
  } catch (error) {
    return { event: 'list', data: (error as Error).name };
  }
}

describe('a WebSocket message', () => {
  let database: ScratchDatabase;
  let app: INestApplication;
  let url: string;
  const open: WebSocket[] = [];

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    const root = DatabaseModule.forRoot({
      url: database.url,
      entities: NOTES,
      tenancy: { resolve: (client) => (client as unknown as Client).tenantId },
    });
    app = await createApp({ imports: [root], providers: [ScopedGateway, PlainGateway] });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()).replace('http', 'ws');
    await seedNotes(app.get(getDataSourceToken()));
  });

  afterAll(async () => {
    for (const socket of open) socket.terminate();
    await app.close();
    await database.drop();
  });

  async function connect(path: string, tenantId?: string): Promise<WebSocket> {
    const socket = new WebSocket(`${url}${path}${tenantId ? `?tenant=${tenantId}` : ''}`);
    open.push(socket);
    await once(socket, 'open');
    return socket;
  }

  async function ask(socket: WebSocket, event: string, answers = 1): Promise<unknown[]> {
    const received: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('message', (raw: Buffer) => {
        received.push((JSON.parse(raw.toString()) as Message).data);
        if (received.length === answers) resolve();
      });
    });
    socket.send(JSON.stringify({ event }));
    await done;
    socket.removeAllListeners('message');
    return received;
  }

  it('belongs to the tenant of its connection', async () => {
    const [one, two] = [await connect('/scoped', FIRST), await connect('/scoped', SECOND)];

    await expect(ask(one, 'list')).resolves.toEqual([notesOf(FIRST)]);
    await expect(ask(two, 'list')).resolves.toEqual([notesOf(SECOND)]);
    await expect(ask(one, 'list')).resolves.toEqual([notesOf(FIRST)]);
  });

  it('keeps its tenant through a stream of answers, beside nine others', async () => {
    const sockets = await Promise.all(TENANTS.map((tenantId) => connect('/scoped', tenantId)));

    const answers = await Promise.all(sockets.map((socket) => ask(socket, 'watch', 3)));

    expect(answers).toEqual(TENANTS.map(notesOf));
  });

  it('without a tenant is refused', async () => {
    const socket = await connect('/scoped');

    await expect(ask(socket, 'list')).resolves.toEqual(['TenantContextMissingError']);
  });

  it('to a gateway without @TenantScoped belongs to its tenant where Nest runs global interceptors', async () => {
    const socket = await connect('/plain', FIRST);

    await expect(ask(socket, 'list')).resolves.toEqual([notesOf(FIRST)]);
  });

  it('can be scoped by itself', async () => {
    const socket = await connect('/plain', FIRST);

    await expect(ask(socket, 'list-scoped')).resolves.toEqual([notesOf(FIRST)]);
  });
});
