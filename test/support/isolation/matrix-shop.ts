import { type DatabaseModuleOptions, createDataSource } from 'nestjs-rowguard';
import { type ShopSource, openEmbeddedShop, openShop } from '../shop-source.js';
import { SHOP } from '../shop.js';
import { plantFixture } from './fixture.js';
import { Matrix, type MatrixReport } from './matrix.js';
import { Oracle } from './oracle.js';
import { chosenSeed } from './random.js';
import { LogWatch } from './watch.js';

const OPTIONS: DatabaseModuleOptions = { cache: true, pool: { max: 3 } };

/** The matrix on a database of its own. */
export async function runMatrix(
  operations: number,
  options: DatabaseModuleOptions = {},
): Promise<MatrixReport> {
  const shop = await openShop({ ...OPTIONS, ...options });
  return onShop(shop, operations);
}

/** With a login for the application that is no more than a tenant, and another for the schema. */
export async function runMatrixOnTwoLogins(
  operations: number,
  options: DatabaseModuleOptions = {},
): Promise<MatrixReport> {
  const first = await openShop();
  await first.source.destroy();
  const login = await first.database.createLogin();
  const source = createDataSource({
    ...OPTIONS,
    url: login.url,
    adminUrl: first.database.url,
    entities: SHOP,
    ...options,
  });
  await source.initialize();
  const close = async () => {
    await source.destroy();
    await first.database.drop();
  };
  return onShop({ database: first.database, source, close }, operations);
}

/** On the embedded engine, where the system looks past the walls. */
export async function runMatrixEmbedded(
  operations: number,
  options: DatabaseModuleOptions = {},
): Promise<MatrixReport> {
  const source = await openEmbeddedShop({ ...OPTIONS, ...options });
  try {
    return await play(source, Oracle.onEngine(source), operations);
  } finally {
    await source.destroy();
  }
}

async function onShop(shop: ShopSource, operations: number): Promise<MatrixReport> {
  const oracle = await Oracle.onServer(shop.database.url);
  try {
    return await play(shop.source, oracle, operations);
  } finally {
    await oracle.close();
    await shop.close();
  }
}

async function play(
  source: ShopSource['source'],
  oracle: Oracle,
  operations: number,
): Promise<MatrixReport> {
  await plantFixture(source);
  const logs = new LogWatch();
  logs.watchNest();
  Object.assign(source, { logger: logs.typeOrm });
  const seed = chosenSeed();
  process.stdout.write(`isolation matrix: ROWGUARD_SEED=${seed}\n`);
  return new Matrix({ source, oracle, logs, seed, operations }).run();
}
