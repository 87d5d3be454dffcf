import type { EntityManager, EntityMetadata, ObjectLiteral } from 'typeorm';
import type { TransactionHost } from '../context/tenant-context.js';
import type { Walls } from '../context/walls.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { sendOwn } from '../repositories/own-statement.js';
import type { CheckedSearch } from './memory-search.js';
import { SearchStatement } from './search-statement.js';

/** A row as PostgreSQL answers it. */
export type FoundRow = ObjectLiteral & {
  readonly distance: number;
  readonly full: boolean;
  readonly few?: boolean;
};

interface Prepared {
  readonly exists: boolean;
  readonly sorts: string;
}

/** Sends the statements of a search, as few as will do. */
export class VectorSearch {
  constructor(
    private readonly manager: EntityManager,
    private readonly metadata: EntityMetadata,
  ) {}

  /** The nearest of the tenant in hand: as many as were asked for, or all there are. */
  async nearest(search: CheckedSearch): Promise<FoundRow[]> {
    const statement = new SearchStatement(this.table(), search);
    if (search.mode === 'exact') return this.send(statement.exact(), statement);
    const rows =
      search.mode === 'index'
        ? await this.byIndex(statement, search)
        : await this.send(statement.auto(), statement);
    const found = rows.filter((row) => row['id'] !== null);
    // What is not full was all there is, or all that the index came upon before it gave up.
    if (rows[0]?.few || found[0]?.full) return found;
    return this.send(statement.exact(), statement);
  }

  /** The planner would rather sort where a tenant has few rows; it is told not to, for this once. */
  private byIndex(statement: SearchStatement, search: CheckedSearch): Promise<FoundRow[]> {
    const isJoined = this.manager.queryRunner?.isTransactionActive === true;
    const host = this.manager.dataSource as unknown as TransactionHost;
    return host.joinTransaction(async () => {
      const [prepared] = await sendOwn<Prepared>(this.manager, statement.prepare(), []);
      const rows = prepared?.exists ? await this.send(statement.byIndex(), statement) : undefined;
      if (isJoined) await sendOwn(this.manager, statement.settle(), [prepared?.sorts]);
      if (!rows) throw noIndex(search);
      return rows;
    });
  }

  private send(text: string, { values }: SearchStatement): Promise<FoundRow[]> {
    return sendOwn<FoundRow>(this.manager, text, values);
  }

  private table() {
    const { driver } = this.manager.dataSource;
    const { walls } = this.manager.dataSource as unknown as { readonly walls: Walls };
    const path = this.metadata.tablePath.split('.').map((part) => driver.escape(part));
    const shown = this.metadata.columns.filter((column) => column.isSelect);
    return {
      path: path.join('.'),
      columns: shown.map((column) => driver.escape(column.databaseName)),
      walls,
    };
  }
}

function noIndex({ dimensions, distance }: CheckedSearch): InvalidInputError {
  return new InvalidInputError({
    problem: `There is no index for the ${distance} distance of vectors of ${dimensions} dimensions`,
    mend: `Leave mode out, or create one where the schema is prepared: ensureIndex(${dimensions}, '${distance}')`,
    given: { dimensions, distance },
  });
}
