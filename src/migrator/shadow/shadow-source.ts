import type { DataSource, QueryRunner } from 'typeorm';

const HERE = 'public';

/**
 * The data source as migrations see it on the shadow. Whatever they reach through their runner (its
 * data source, the driver, managers, further runners) ends at the shadow as well.
 */
export function shadowSource(
  source: DataSource,
  makeRunner: (shadow: DataSource) => QueryRunner,
): DataSource {
  const shadow = Object.create(source) as DataSource;
  const createQueryRunner = () => {
    const runner = makeRunner(shadow);
    Object.assign(runner, { dataSource: shadow });
    Object.assign(runner, { manager: shadow.createEntityManager(runner) });
    return runner;
  };
  const known = source.driver as unknown as Readonly<Record<string, unknown>>;
  own(shadow, {
    driver: ownDriver(source.driver, {
      dataSource: shadow,
      connection: shadow,
      createQueryRunner,
      obtainMasterConnection: refuse,
      obtainSlaveConnection: refuse,
      schema: known['schema'] ?? HERE,
      searchSchema: known['searchSchema'] ?? HERE,
    }),
    createQueryRunner,
    query: (sql: string, parameters?: never) => createQueryRunner().query(sql, parameters),
    isInitialized: true,
  });
  own(shadow, { manager: shadow.createEntityManager() });
  return shadow;
}

function ownDriver(driver: object, properties: Readonly<Record<string, unknown>>): object {
  const copy = Object.create(driver) as object;
  own(copy, properties);
  return copy;
}

function own(target: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('On the shadow there is no connection to the real database'));
}
