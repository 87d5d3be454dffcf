import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { TenantContext, createDataSource, isConnectionError } from 'nestjs-rowguard';

/**
 * An application on a Node that has a WebSocket of its own, and on which nobody has installed
 * another one. Says `sleeping` where somebody may cut it off, and at the end what it has seen.
 */
const [, , url, proxy] = process.argv;
const ROWS = 50_000;
const LETTERS = 5_000_000;

Logger.overrideLogger(false);
let opened = 0;
const Standard = globalThis.WebSocket;
globalThis.WebSocket = class extends Standard {
  constructor(address) {
    super(address);
    opened++;
  }
};
const source = createDataSource({ url, strategy: 'serverless', serverless: { proxy } });
await source.initialize();

await TenantContext.run({ tenantId: '0190a000-0000-7000-8000-00000000000a' }, async () => {
  const runner = source.createQueryRunner();
  let rows = 0;
  const stream = await runner.stream(`select n from generate_series(1, ${ROWS}) n`);
  for await (const _ of stream) rows++;
  await runner.release();
  const [echo] = await source.query('select $1::text as text', ['x'.repeat(LETTERS)]);
  console.log('sleeping');
  const error = await source.query('select pg_sleep(2)').catch((reason) => reason);
  const [after] = await source.query('select 1 as one');
  const seen = { rows, letters: echo.text.length, isCut: isConnectionError(error), ...after };
  console.log(JSON.stringify({ ...seen, isStandard: opened > 0 }));
});
await source.destroy();
