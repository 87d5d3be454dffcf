import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { WebSocketClass } from './web-socket.js';

/** The one that is given, that of Node (from 22 on), or that of the package `ws`. */
export async function webSocketClass(given?: WebSocketClass): Promise<WebSocketClass> {
  if (given) return given;
  const { WebSocket: standard } = globalThis as { WebSocket?: WebSocketClass };
  if (standard) return standard;
  try {
    const loaded = (await import('ws')) as { WebSocket: unknown };
    return loaded.WebSocket as WebSocketClass;
  } catch (cause) {
    throw new InvalidOptionsError({
      problem: `strategy is serverless, and this Node (${process.version}) has no WebSocket`,
      mend: 'Run: npm install ws; or give serverless.webSocket, or use Node 22',
      cause,
    });
  }
}
