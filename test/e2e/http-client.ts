import type { INestApplication } from '@nestjs/common';

export interface Answer<Body = never> {
  readonly status: number;
  readonly type: string;
  readonly body: Body;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Speaks to an application over a real port, as a stranger would. */
export class HttpClient {
  private constructor(readonly url: string) {}

  static async start(app: INestApplication): Promise<HttpClient> {
    await app.listen(0, '127.0.0.1');
    return new HttpClient(await app.getUrl());
  }

  async call<Body = unknown>(path: string, call: Call = {}): Promise<Answer<Body>> {
    const { method = 'GET', headers = {}, body } = call;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    const parsed: unknown = type.includes('json') ? JSON.parse(text) : text;
    return { status: response.status, type, body: parsed as Body };
  }
}
