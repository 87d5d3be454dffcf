import assert from 'node:assert/strict';
import { createServer } from 'node:net';

// The first program of the README, compiled beside this file, asked as two tenants.
const port = await freePort();
process.env.PORT = String(port);
await import('./main.js');

const url = `http://127.0.0.1:${port}/invoices`;
const made = await as('a', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ number: 'A-1', total: '10.00' }),
});
assert.equal(made.status, 201);
const { id } = await made.json();
assert.equal((await (await as('a')).json()).items.length, 1);
assert.equal((await (await as('b')).json()).items.length, 0);
assert.equal((await as('a', {}, `/${id}`)).status, 200);
assert.notEqual((await as('b', {}, `/${id}`)).status, 200);
assert.notEqual((await fetch(url)).status, 200);
process.exit(0);

function as(tenant, init = {}, path = '') {
  const tenantId = `0190${tenant}000-0000-7000-8000-00000000000${tenant}`;
  return fetch(url + path, { ...init, headers: { ...init.headers, 'x-tenant-id': tenantId } });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
