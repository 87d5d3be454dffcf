import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, type INestApplication, UseFilters } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { DatabaseErrorFilter, RowNotFoundError } from 'nestjs-rowguard';
import { firstValueFrom, type Observable } from 'rxjs';
import { WebSocket } from 'ws';

const nothing = (): void => undefined;
const SILENT = { log: nothing, error: nothing, warn: nothing };
const CANARY = 'canary-3141';
const error = () => new RowNotFoundError({ problem: CANARY, mend: CANARY });

@WebSocketGateway()
@UseFilters(DatabaseErrorFilter)
class FailingGateway {
  @SubscribeMessage('fail')
  fail(): never {
    throw error();
  }
}

describe('errors of the database away from HTTP', () => {
  let app: INestApplication;
  let client: WebSocket;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      providers: [FailingGateway],
    })
      .setLogger(SILENT)
      .compile();
    app = module.createNestApplication();
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    client = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    await once(client, 'open');
  });
  afterAll(async () => {
    client.terminate();
    await app.close();
  });

  it('are answered over a socket as Nest answers what it does not know, each time', async () => {
    for (let round = 0; round < 2; round++) {
      client.send(JSON.stringify({ event: 'fail' }));
      const [message] = (await once(client, 'message')) as [Buffer];

      expect(JSON.parse(message.toString())).toEqual({
        event: 'exception',
        data: { status: 'error', message: 'Internal server error' },
      });
    }
  });

  it('are answered the same in a microservice', async () => {
    const host = { getType: () => 'rpc' } as unknown as ArgumentsHost;

    const answer = new DatabaseErrorFilter().catch(error(), host) as Observable<never>;

    await expect(firstValueFrom(answer)).rejects.toEqual({
      status: 'error',
      message: 'Internal server error',
    });
  });

  it('go on to GraphQL, which has errors of its own', () => {
    const host = { getType: () => 'graphql' } as unknown as ArgumentsHost;

    expect(() => new DatabaseErrorFilter().catch(error(), host)).toThrow(CANARY);
  });
});
