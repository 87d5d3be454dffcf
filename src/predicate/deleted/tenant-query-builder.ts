import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** TypeORM's builder for reading, which can also be told about the deleted rows of one alias. */
export interface TenantQueryBuilder<
  Entity extends ObjectLiteral,
> extends SelectQueryBuilder<Entity> {
  /** Shows deleted rows: all of the query, or those of one alias. Counts wherever it is said. */
  withDeleted(alias?: string): this;
  /** Hides the deleted rows of one alias, also where a row names them. */
  withoutDeleted(alias: string): this;
}
