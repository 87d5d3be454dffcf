import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';

type Members = Record<string, unknown>;

/** What src/connection relies on below the documented surface of node-postgres. */
describe('node-postgres still has', () => {
  const client = new pg.Client({ host: '127.0.0.1' }) as unknown as Members;

  it.each([
    '_handleParseComplete',
    '_handleReadyForQuery',
    '_attachListeners',
    'getTransactionStatus',
  ])('the method %s on its client', (name) => {
    expect(typeof client[name]).toBe('function');
  });

  it('handlers that a subclass can override, for it binds them when it connects', () => {
    const heard: string[] = [];
    class Listening extends pg.Client {
      protected _handleParseComplete(): void {
        heard.push('parseComplete');
      }
      protected _handleReadyForQuery(): void {
        heard.push('readyForQuery');
      }
    }
    const wire = new EventEmitter();
    const listening = new Listening() as unknown as Record<string, (wire: EventEmitter) => void>;
    listening['_attachListeners']?.(wire);
    wire.emit('parseComplete');
    wire.emit('readyForQuery');
    expect(heard).toEqual(['parseComplete', 'readyForQuery']);
  });

  it('a connection that takes single messages, and a note of what was prepared', () => {
    const wire = client['connection'] as Members;
    for (const name of ['parse', 'bind', 'execute', 'close', 'describe', 'sync', 'end']) {
      expect([name, typeof wire[name]]).toEqual([name, 'function']);
    }
    expect(wire).toMatchObject({ parsedStatements: {}, submittedNamedStatements: {} });
    expect(wire['stream']).toMatchObject({ destroy: expect.any(Function) });
  });

  it('a query that can be subclassed, message by message', () => {
    const query = new pg.Query('select 1') as unknown as Members;
    for (const name of [
      'submit',
      'prepare',
      'requiresPreparation',
      'handleDataRow',
      'handleCommandComplete',
      'handleError',
      'handleReadyForQuery',
    ]) {
      expect([name, typeof query[name]]).toEqual([name, 'function']);
    }
  });

  it('a query that notes its name only while it is being parsed', () => {
    const sent: string[] = [];
    const note = (name: string) => () => sent.push(name);
    const wire = {
      parsedStatements: {},
      submittedNamedStatements: {},
      stream: {},
      parse: note('parse'),
      bind: note('bind'),
      describe: note('describe'),
      execute: note('execute'),
      sync: note('sync'),
    };
    const query = new pg.Query({ name: 'n', text: 'select 1', values: [] });
    expect((query as unknown as { submit(to: object): unknown }).submit(wire)).toBeNull();
    expect(sent).toEqual(['parse', 'bind', 'describe', 'execute', 'sync']);
    expect(wire).toMatchObject({
      parsedStatements: {},
      submittedNamedStatements: { n: 'select 1' },
    });
  });

  it('a client that knows the state of its transaction', () => {
    expect((client['getTransactionStatus'] as () => unknown).call(client)).toBeNull();
    const handle = client['_handleReadyForQuery'] as (message: { status: string }) => void;
    handle.call(client, { status: 'T' });
    expect((client['getTransactionStatus'] as () => unknown).call(client)).toBe('T');
  });

  it('a pool that takes a client class and asks each new client', () => {
    class Own extends pg.Client {}
    const onConnect = async (): Promise<void> => undefined;
    const pool = new pg.Pool({ Client: Own, onConnect } as unknown as pg.PoolConfig);
    expect((pool as unknown as { Client: unknown }).Client).toBe(Own);
    expect(pool.options).toMatchObject({ onConnect });
  });
});
