import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DatabaseModule, fromHeader } from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { type Answer, HttpClient } from '../http-client.js';
import { type Binding, NotesController } from './notes.controller.js';
import { FIRST, NOTES, SECOND, TENANTS, notesOf, seedNotes } from './notes.js';
import { PLATFORMS, createApp } from './start-app.js';

const REQUESTS = 200;

describe.each(PLATFORMS)('a request on %s', (platform) => {
  let database: ScratchDatabase;
  let app: INestApplication;
  let http: HttpClient;

  const ask = <Body = string[]>(
    path: string,
    tenantId?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> =>
    http.call<Body>(path, {
      headers: { ...headers, ...(tenantId === undefined ? {} : { 'x-tenant-id': tenantId }) },
    });

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    const root = DatabaseModule.forRoot({
      url: database.url,
      entities: NOTES,
      pool: { max: 5 },
      tenancy: { resolve: fromHeader() },
    });
    app = await createApp({ imports: [root], controllers: [NotesController] }, platform);
    await seedNotes(app.get(getDataSourceToken()));
    http = await HttpClient.start(app);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('sees the rows of its tenant, whatever the route does to get them', async () => {
    await expect(ask('/notes', FIRST)).resolves.toMatchObject({
      status: 200,
      body: notesOf(FIRST),
    });
    await expect(ask('/notes', SECOND)).resolves.toMatchObject({ body: notesOf(SECOND) });
  });

  it('tells the database its tenant and its request id', async () => {
    const { body } = await ask<Binding>('/binding', FIRST, { 'x-request-id': 'r-17' });

    expect(body).toEqual({ tenant: FIRST, actor: '', request: 'r-17' });
  });

  it('gets a request id of its own where it brings none, or one that is too long', async () => {
    const without = await ask<Binding>('/binding', FIRST);
    const tooLong = await ask<Binding>('/binding', FIRST, { 'x-request-id': 'r'.repeat(500) });

    expect(without.body.request).toMatch(/^[0-9a-f-]{36}$/);
    expect(tooLong.body.request).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has its tenant in pipes, which run before the handler', async () => {
    const [body = ''] = notesOf(FIRST);
    const path = `/by-body/${encodeURIComponent(body)}`;

    await expect(ask(path, FIRST)).resolves.toMatchObject({ body: { found: true } });
    await expect(ask(path, SECOND)).resolves.toMatchObject({ body: { found: false } });
  });

  it('without a tenant is refused the rows of tenants, in a repository and in SQL', async () => {
    for (const path of ['/notes', '/binding', '/busy']) {
      await expect(ask(path)).resolves.toMatchObject({
        status: 500,
        body: { error: 'TenantContextMissingError' },
      });
    }
  });

  it('with something that is no tenant id is refused before the handler runs', async () => {
    await expect(ask('/notes', 'acme')).resolves.toMatchObject({
      body: { error: 'InvalidContextError' },
    });
  });

  it('to a tenantless route reads shared tables, with or without a tenant', async () => {
    await expect(ask('/countries')).resolves.toMatchObject({ status: 200, body: ['NL'] });
    await expect(ask('/countries', FIRST)).resolves.toMatchObject({ status: 200, body: ['NL'] });
  });

  it('to a tenantless route is refused the rows of tenants, even if it names one', async () => {
    for (const tenantId of [undefined, FIRST]) {
      await expect(ask('/wrongly-tenantless', tenantId)).resolves.toMatchObject({
        body: { error: 'TenantContextMissingError' },
      });
      const sql = await ask('/wrongly-tenantless-sql', tenantId);
      expect(JSON.stringify(sql.body)).not.toContain('note 1');
    }
  });

  it('keeps its tenant while a file is streamed to it', async () => {
    const answers = await Promise.all(TENANTS.map((tenantId) => ask<string>('/file', tenantId)));

    expect(answers.map((answer) => answer.body)).toEqual(
      TENANTS.map((tenantId) => `${notesOf(tenantId).join('\n')}\n`),
    );
  });

  it('keeps its tenant while events are sent to it', async () => {
    const answers = await Promise.all(TENANTS.map((tenantId) => ask<string>('/events', tenantId)));

    const dataOf = (text: string) => [...text.matchAll(/^data: (.*)$/gm)].map((line) => line[1]);
    expect(answers.map((answer) => dataOf(answer.body))).toEqual(TENANTS.map(notesOf));
  });

  it(`is never mixed up with another: ${REQUESTS} at once, of ten tenants`, async () => {
    const asked = Array.from({ length: REQUESTS }, (_, at) => TENANTS[at % TENANTS.length] ?? '');

    const answers = await Promise.all(asked.map((tenantId) => ask('/busy', tenantId)));

    expect(answers.filter((answer) => answer.status !== 200)).toEqual([]);
    const mixed = answers.filter((answer, at) => answer.body.some((seen) => seen !== asked[at]));
    expect(mixed).toEqual([]);
    expect(answers.every((answer) => answer.body.length >= 12)).toBe(true);
  });
});
