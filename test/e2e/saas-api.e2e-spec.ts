import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { createApp } from '../../examples/saas-api/src/create-app.js';
import { ScratchDatabase } from '../support/scratch-database.js';
import { type Answer, type Call, HttpClient } from './http-client.js';

interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly total: string;
  readonly customerId: string;
}

interface Page {
  readonly items: Invoice[];
  readonly next?: string;
}

const ACME_ID = '0190a000-0000-7000-8000-00000000000a';
const MISSING = '0190f000-0000-7000-8000-000000000000';

describe.each(['a PostgreSQL server', 'the embedded engine in memory'])('saas-api on %s', (on) => {
  let database: ScratchDatabase | undefined;
  let app: INestApplication;
  let http: HttpClient;

  const options = () => (database ? { url: database.url } : { embedded: 'memory' });
  const asking = <Body = Page>(tenant: string, path: string, call: Call = {}) =>
    http.call<Body>(path, { ...call, headers: { 'x-tenant': tenant } });
  const firstInvoice = async (tenant: string): Promise<Invoice> =>
    (await asking(tenant, '/invoices')).body.items[0] as Invoice;
  const newInvoice = async (tenant: string, number: string): Promise<Answer<Invoice>> => {
    const { customerId } = await firstInvoice(tenant);
    const body = { number, total: '10.50', customerId };
    return asking<Invoice>(tenant, '/invoices', { method: 'POST', body });
  };

  beforeAll(async () => {
    if (on === 'a PostgreSQL server') database = await ScratchDatabase.create();
    app = await createApp({ database: options(), logger: false });
    http = await HttpClient.start(app);
  });

  afterAll(async () => {
    await app.close();
    await database?.drop();
  });

  it('shows each tenant its own rows under the same URL', async () => {
    const acme = await asking('acme', '/invoices?limit=100');
    const globex = await asking('globex', '/invoices?limit=100');

    expect(acme.body.items.find((one) => one.number === 'INV-1001')?.total).toBe('1200.00');
    expect(globex.body.items.find((one) => one.number === 'INV-1001')?.total).toBe('9999.99');
    const ids = new Set(acme.body.items.map((one) => one.id));
    expect(globex.body.items.filter((one) => ids.has(one.id))).toEqual([]);
  });

  it('takes the id of a tenant as well as its slug', async () => {
    const bySlug = await asking('acme', '/customers');
    const byId = await asking(ACME_ID, '/customers');

    expect(byId.status).toBe(200);
    expect(byId.body).toEqual(bySlug.body);
  });

  it.each(['GET', 'PATCH', 'DELETE'] as const)(
    'answers %s of a foreign id exactly like that of a missing one, and changes nothing',
    async (method) => {
      const theirs = await firstInvoice('acme');
      const call: Call = { method, ...(method === 'PATCH' ? { body: { total: '0.01' } } : {}) };

      const foreign = await asking('globex', `/invoices/${theirs.id}`, call);
      const missing = await asking('globex', `/invoices/${MISSING}`, call);

      expect(foreign.status).toBe(404);
      expect(foreign).toEqual(missing);
      expect((await asking<Invoice>('acme', `/invoices/${theirs.id}`)).body).toEqual(theirs);
    },
  );

  it('creates, changes and deletes an invoice, whose number is free afterwards', async () => {
    const created = await newInvoice('acme', 'INV-LIFE');
    const path = `/invoices/${created.body.id}`;
    const changed = await asking<Invoice>('acme', path, {
      method: 'PATCH',
      body: { total: '99.00', status: 'sent' },
    });
    const removed = await asking('acme', path, { method: 'DELETE' });
    const gone = await asking('acme', path);
    const again = await newInvoice('acme', 'INV-LIFE');

    expect([created.status, changed.status, removed.status, gone.status, again.status]).toEqual([
      201, 200, 204, 404, 201,
    ]);
    expect(changed.body).toMatchObject({ number: 'INV-LIFE', total: '99.00', status: 'sent' });
  });

  it('refuses a number that the tenant uses already, and one that another tenant uses is free', async () => {
    await newInvoice('globex', 'INV-TAKEN');

    const twice = await newInvoice('globex', 'INV-TAKEN');
    const elsewhere = await newInvoice('acme', 'INV-TAKEN');

    expect(twice.status).toBe(409);
    expect(elsewhere.status).toBe(201);
  });

  it('refuses a reference to a customer of another tenant like one to no customer', async () => {
    const { customerId } = await firstInvoice('acme');
    const post = (id: string, number: string) =>
      asking('globex', '/invoices', {
        method: 'POST',
        body: { number, total: '1', customerId: id },
      });

    const foreign = await post(customerId, 'INV-F');
    const missing = await post(MISSING, 'INV-M');

    expect(foreign.status).toBe(422);
    expect(foreign).toEqual(missing);
  });

  it('pages with a cursor, which leads no tenant into the rows of another', async () => {
    const first = await asking('acme', '/invoices?limit=2');
    const after = encodeURIComponent(first.body.next ?? '');
    const second = await asking('acme', `/invoices?limit=2&after=${after}`);
    const stolen = await asking('globex', `/invoices?limit=100&after=${after}`);
    const globex = await asking('globex', '/invoices?limit=100');

    expect(first.body.items).toHaveLength(2);
    expect(second.body.items.length).toBeGreaterThan(0);
    expect(first.body.items.map((one) => one.id)).not.toContain(second.body.items[0]?.id);
    const own = globex.body.items.map((one) => one.id);
    expect(stolen.body.items.every((one) => own.includes(one.id))).toBe(true);
  });

  it('answers 401 alike when no tenant, an unknown tenant or nonsense is named', async () => {
    const unnamed = await http.call('/invoices');

    expect(unnamed.status).toBe(401);
    for (const name of ['nobody', MISSING, "' or 1=1 --", 'x'.repeat(500)]) {
      await expect(asking(name, '/invoices')).resolves.toEqual(unnamed);
    }
  });

  it.each([
    ['a bad uuid', '/invoices/not-a-uuid', 400],
    ['a nul byte', '/invoices/%00', 400],
    ['a cursor that is none', '/invoices?after=abc', 400],
    ['a limit that is none', '/invoices?limit=many', 422],
  ])('answers that the request is wrong to %s', async (_what, path, status) => {
    const answer = await asking<{ status: number }>('acme', path);

    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body.status).toBe(status);
  });

  it('does not let a caller choose the tenant of a row', async () => {
    const { customerId } = await firstInvoice('globex');

    const answer = await asking('globex', '/invoices', {
      method: 'POST',
      body: { number: 'INV-X', total: '1', customerId, tenantId: ACME_ID },
    });

    expect(answer.status).toBe(422);
  });

  it('tells nothing of tables, SQL or other tenants in its errors', async () => {
    const theirs = await firstInvoice('acme');
    const answers = [
      await asking('globex', `/invoices/${theirs.id}`),
      await asking('globex', '/invoices/not-a-uuid'),
      await newInvoice('globex', 'INV-1001'),
      await asking('globex', '/invoices', {
        method: 'POST',
        body: { number: 'N', total: '1', customerId: theirs.customerId },
      }),
      await http.call('/invoices'),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([404, 400, 409, 422, 401]);
    for (const { body } of answers) {
      // The code of an error is stable and public; nothing else may sound like the inside.
      const { code, ...told } = body as { code?: string };
      expect(code === undefined || /^ROWGUARD_[A-Z_]+$/.test(code)).toBe(true);
      expect(JSON.stringify(told)).not.toMatch(
        /select|insert|tenant_id|uq_|ix_|fk_|rowguard|node_modules|uuid:|acme|0190a000|hooli/i,
      );
      expect(JSON.stringify(body)).not.toContain(theirs.id);
    }
  });

  it('reports its health and its documentation to anybody', async () => {
    const health = await http.call('/health');
    const json = await http.call<{ paths: object }>('/docs-json');
    const page = await http.call<string>('/docs');

    expect(health.status).toBe(200);
    expect(health.body).toMatchObject({ status: 'ok', info: { database: { status: 'up' } } });
    expect(Object.keys(json.body.paths)).toEqual([
      '/customers',
      '/invoices',
      '/invoices/{id}',
      '/health',
      '/health/live',
    ]);
    expect(page.body).toContain('swagger-ui');
  });
});

describe('the demo data of saas-api', () => {
  it('is written by the first start only', async () => {
    const database = await ScratchDatabase.create();
    const counts = () =>
      database.asOwner(async (client) => {
        const { rows } = await client.query<{ facts: string }>(
          `select md5(string_agg(t::text, ',' order by t::text)) as facts from (
             select t::text from tenants t union all select c::text from customers c
             union all select i::text from invoices i) as every(t)`,
        );
        return rows[0]?.facts;
      });
    const startAndStop = async () =>
      (await (await createApp({ database: { url: database.url }, logger: false })).init()).close();

    await startAndStop();
    const first = await counts();
    await startAndStop();

    expect(first).toBeTruthy();
    await expect(counts()).resolves.toBe(first);
    await database.drop();
  });
});
