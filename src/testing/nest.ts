import { getDataSourceToken } from '@nestjs/typeorm';
import type { TestDatabase } from './test-database.js';

/** As much of the builder of @nestjs/testing as is needed, so that nobody has to install it for this. */
interface Overridable<Builder> {
  overrideProvider(token: unknown): { useValue(value: unknown): Builder };
}

/**
 * Lets an application under test work on the test database in place of the one that it names
 * itself. The application may be closed; the database ends with `stop`.
 */
export function withTestDatabase<Builder extends Overridable<Builder>>(
  builder: Builder,
  database: TestDatabase,
  name = 'default',
): Builder {
  database.lend();
  return builder.overrideProvider(getDataSourceToken(name)).useValue(database.source);
}
