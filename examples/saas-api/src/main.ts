import { createApp } from './create-app.js';
import { DEMO_TENANTS } from './demo/demo-tenants.js';
import { InvoicesService } from './invoices/invoices.service.js';
import { findPlace } from './listen.js';
import { welcome } from './welcome.js';
import { TenantContext } from 'nestjs-rowguard';

async function start(): Promise<void> {
  const { host, port, insteadOf } = await findPlace(process.env);
  const app = await createApp();
  await app.listen(port, host);
  const [acme] = DEMO_TENANTS;
  const invoices = app.get(InvoicesService);
  const page = await TenantContext.run({ tenantId: acme?.id ?? '' }, () =>
    invoices.page({ limit: 1 }),
  );
  if (insteadOf !== undefined)
    console.log(`\nPort ${insteadOf} is taken; using the next free one.`);
  console.log(welcome(addressOf(await app.getUrl()), page.items[0]?.id));
}

function addressOf(url: string): string {
  return url.replace(/\/\/(?:127\.0\.0\.1|\[::1?\]|0\.0\.0\.0)/, '//localhost');
}

try {
  await start();
} catch (error) {
  console.error(`\nCould not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
