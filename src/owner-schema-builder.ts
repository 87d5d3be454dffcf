import type { Driver } from 'typeorm';
import { runAsOwner } from './context/owner-work.js';

/** Comparing and building a schema is the owner's work, also where TypeORM's command line asks for it. */
export function buildAsOwner(driver: Driver): void {
  const create = driver.createSchemaBuilder.bind(driver);
  driver.createSchemaBuilder = () => {
    const builder = create();
    const build = builder.build.bind(builder);
    const log = builder.log.bind(builder);
    return Object.assign(builder, {
      build: () => runAsOwner('building the schema', build),
      log: () => runAsOwner('comparing the schema', log),
    });
  };
}
