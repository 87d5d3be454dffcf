import type { CleanedWhere, CustomAdapter } from 'better-auth/adapters';
import {
  type DataSource,
  type EntityMetadata,
  In,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { User } from '../entities/identity/user.entity.js';
import { classOf } from '../entities/entity-classification.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { checkProperty, conditionOf } from './auth-condition.js';
import { withoutValues } from './without-values.js';

/** Runs a piece of work with the rights that the tables of logins need. */
export type Privileged = <T>(work: () => Promise<T>) => Promise<T>;

interface Asked {
  readonly model: string;
  readonly where?: CleanedWhere[] | undefined;
}

interface AskedMany extends Asked {
  readonly limit: number;
  readonly sortBy?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
  readonly offset?: number | undefined;
}

/** What better-auth does with its tables, on the entities of the data source. */
export class AuthStore implements CustomAdapter {
  constructor(
    private readonly source: DataSource,
    private readonly privileged: Privileged,
  ) {}

  create<T extends Record<string, unknown>>(asked: { model: string; data: T }): Promise<T> {
    return this.on(asked.model, async (repository, metadata) => {
      const values = checkedValues(metadata, asked.data);
      const row = repository.create(values);
      await repository
        .createQueryBuilder()
        .insert()
        .values(row as never)
        .execute();
      return plain(metadata, row) as T;
    });
  }

  async findOne<T>(asked: Asked): Promise<T | null> {
    const [found] = await this.findMany<T>({ ...asked, limit: 1 });
    return found ?? null;
  }

  findMany<T>({ model, where, limit, sortBy, offset }: AskedMany): Promise<T[]> {
    return this.on(model, async (repository, metadata) => {
      if (sortBy) checkProperty(metadata, sortBy.field);
      const rows = await repository.find({
        where: conditionOf(metadata, where),
        // Everything, since what is secret is left out of a select that names nothing.
        select: Object.fromEntries(metadata.columns.map((column) => [column.propertyName, true])),
        take: limit,
        ...(offset ? { skip: offset } : {}),
        order: sortBy ? { [sortBy.field]: sortBy.direction } : { id: 'ASC' },
      });
      return rows.map((row) => plain(metadata, row) as T);
    });
  }

  count({ model, where }: Asked): Promise<number> {
    return this.on(model, (repository, metadata) =>
      repository.count({ where: conditionOf(metadata, where) }),
    );
  }

  async update<T>(asked: Asked & { where: CleanedWhere[]; update: T }): Promise<T | null> {
    const changes = asked.update as ObjectLiteral;
    const [row] = await this.on(asked.model, async (repository, metadata) => {
      const { raw } = await repository
        .createQueryBuilder()
        .update()
        .set(checkedValues(metadata, changes))
        .where(conditionOf(metadata, asked.where))
        .returning('*')
        .execute();
      return (raw as ObjectLiteral[]).map((one) => this.hydrated(metadata, one));
    });
    return (row as T | undefined) ?? null;
  }

  updateMany(
    asked: Asked & { where: CleanedWhere[]; update: Record<string, unknown> },
  ): Promise<number> {
    return this.on(asked.model, async (repository, metadata) => {
      const changes = checkedValues(metadata, asked.update);
      const { affected } = await repository
        .createQueryBuilder()
        .update()
        .set(changes)
        .where(conditionOf(metadata, asked.where))
        .execute();
      return affected ?? 0;
    });
  }

  async delete(asked: Asked & { where: CleanedWhere[] }): Promise<void> {
    await this.deleteMany(asked);
  }

  /** For good, because secrets are not kept; only people are deleted softly: rows refer to them. */
  deleteMany({ model, where }: Asked & { where: CleanedWhere[] }): Promise<number> {
    return this.on(model, async (repository, metadata) => {
      const condition = conditionOf(metadata, where);
      const builder = repository.createQueryBuilder();
      const deletion = metadata.target === User ? builder.softDelete() : builder.delete();
      return (await deletion.where(condition).execute()).affected ?? 0;
    });
  }

  /** The delete holds the condition again: of two who use up a token at once, one gets it. */
  consumeOne<T>({ model, where }: Asked & { where: CleanedWhere[] }): Promise<T | null> {
    return this.on(model, async (repository, metadata) => {
      const [found] = await repository.find({
        where: conditionOf(metadata, where),
        select: { id: true },
        take: 1,
      });
      if (!found) return null;
      const guarded = conditionOf(metadata, where).map((one) => ({
        ...one,
        id: In([found['id']]),
      }));
      const builder = repository.createQueryBuilder().delete().where(guarded).returning('*');
      const [row] = (await builder.execute()).raw as ObjectLiteral[];
      return row ? (this.hydrated(metadata, row) as T) : null;
    });
  }

  private async on<T>(
    model: string,
    work: (repository: Repository<ObjectLiteral>, metadata: EntityMetadata) => Promise<T>,
  ): Promise<T> {
    const metadata = this.metadataOf(model);
    try {
      return await this.privileged(() =>
        work(this.source.getRepository(metadata.target), metadata),
      );
    } catch (error) {
      throw withoutValues(error);
    }
  }

  /** Shared tables only: this work sees every tenant, and must not reach into their rows. */
  private metadataOf(model: string): EntityMetadata {
    const found = this.source.entityMetadatas.find((one) => one.tableName === model);
    if (found && classOf(found) === 'shared') return found;
    throw new InvalidInputError({
      problem: `better-auth asked for the table ${model.slice(0, 60)}, which is ${found ? 'a table of the tenants' : 'not there'}`,
      mend: 'Spread authTables into its options, and give the tables of its plugins entities that extend SharedEntity',
    });
  }

  private hydrated(metadata: EntityMetadata, row: ObjectLiteral): ObjectLiteral {
    const { driver } = this.source;
    const cells = metadata.columns.map((column) => [
      column.propertyName,
      driver.prepareHydratedValue(row[column.databaseName], column) as unknown,
    ]);
    return Object.fromEntries(cells) as ObjectLiteral;
  }
}

function checkedValues<T extends ObjectLiteral>(metadata: EntityMetadata, values: T): T {
  for (const property of Object.keys(values)) checkProperty(metadata, property);
  return values;
}

function plain(metadata: EntityMetadata, row: ObjectLiteral): ObjectLiteral {
  const cells = metadata.columns.map((column) => [
    column.propertyName,
    column.getEntityValue(row) as unknown,
  ]);
  return Object.fromEntries(cells) as ObjectLiteral;
}
