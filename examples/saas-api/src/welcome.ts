import { TENANT_HEADER } from './tenants/tenant-header.resolver.js';

const ROUTES: readonly (readonly [name: string, path: string])[] = [
  ['Invoices', '/invoices'],
  ['Customers', '/customers'],
  ['API documentation', '/docs'],
  ['OpenAPI as JSON', '/docs-json'],
  ['Health', '/health'],
];

/** What a reader can do next. `invoiceId`: of an invoice of acme. */
export function welcome(url: string, invoiceId: string | undefined): string {
  const width = Math.max(...ROUTES.map(([name]) => name.length));
  const rows = ROUTES.map(([name, path]) => `  ${name.padEnd(width)}  ${url}${path}`);
  const curl = (tenant: string, path: string): string =>
    `  curl -i -H '${TENANT_HEADER}: ${tenant}' ${url}${path}`;
  const foreign = `${curl('globex', `/invoices/${invoiceId}`)}   # an invoice of acme: 404`;
  return [
    '',
    ...rows,
    '',
    'The same URL, two tenants:',
    curl('acme', '/invoices'),
    curl('globex', '/invoices'),
    ...(invoiceId === undefined ? [] : ['', 'A row of another tenant is not there:', foreign]),
    '',
    'Stop with Ctrl+C.',
    '',
  ].join('\n');
}
