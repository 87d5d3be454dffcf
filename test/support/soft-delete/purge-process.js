import { Logger } from '@nestjs/common';
import { SoftDeletePurge, TenantContext } from 'nestjs-rowguard';
import { openDepot } from './depot.js';

/** A purge in a process that can be killed: a line for each batch, and one for the report. */
Logger.overrideLogger(false);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const source = openDepot(process.env.DATABASE_URL);
await source.initialize();
say({ ready: true });
const report = await TenantContext.runAsSystem('prove', () =>
  new SoftDeletePurge(source).run({
    onProgress: ({ entity, purged, heldMs }) =>
      say({ entity, purged, heldMs, heap: process.memoryUsage().heapUsed }),
  }),
);
say({ report });
await source.destroy();
