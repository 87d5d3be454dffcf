import { AsyncResource } from 'node:async_hooks';
import type { DeepPartial, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { requireTenant } from '../../context/tenant-context.js';
import { currentScope } from '../../context/unit-store.js';
import { classOf } from '../../entities/entity-classification.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { type Cells, isJsonColumn } from './encoded-cells.js';
import { RowFactory } from './row-factory.js';

const MOST_AT_ONCE = 100_000;
const NOTHING: unknown = {};

type Overrides<Entity> = DeepPartial<Entity>;
type OverridesOf<Entity> = Overrides<Entity> | ((at: number) => Overrides<Entity>);

export interface FactoryOptions<Entity> {
  /** For every row of this factory; a function is given its number. */
  readonly overrides?: OverridesOf<Entity>;
  /** The same seed makes the same values; another one makes others. */
  readonly seed?: number;
}

/** Rows of one entity that its columns and rules let through, for the tenant of the work in hand. */
export class Factory<Entity extends ObjectLiteral> {
  private readonly rows: RowFactory;
  private at = 0;

  constructor(
    private readonly source: RowguardDataSource,
    private readonly target: EntityTarget<Entity>,
    private readonly options: FactoryOptions<Entity>,
  ) {
    const { seed = 0 } = options;
    if (!Number.isSafeInteger(seed) || seed < 0) throw badNumber('seed', seed);
    this.rows = new RowFactory(source, {}, seed * MOST_AT_ONCE);
  }

  /** A row that could be saved; only the rows that it has to refer to are written. */
  async build(overrides: OverridesOf<Entity> = NOTHING as Overrides<Entity>): Promise<Entity> {
    const given = this.givenFor(overrides);
    const { metadata } = this;
    const cells = await this.rows.cells(metadata, tenantFor(metadata, given), given.cells);
    return this.entityOf(cells, given.overrides);
  }

  /** A row that was saved, as the work in hand: its tenant, its actor, its transaction. */
  async create(overrides: OverridesOf<Entity> = NOTHING as Overrides<Entity>): Promise<Entity> {
    const given = this.givenFor(overrides);
    const { metadata } = this;
    let saved: Entity | undefined;
    const write = AsyncResource.bind(async (cells: Cells): Promise<Cells> => {
      saved = await this.save(this.entityOf(cells, given.overrides));
      return this.cellsOf(saved);
    });
    await this.rows.insert(metadata, tenantFor(metadata, given), given.cells, write);
    return saved as Entity;
  }

  async createMany(
    count: number,
    overrides: OverridesOf<Entity> = NOTHING as Overrides<Entity>,
  ): Promise<Entity[]> {
    const fits = Number.isInteger(count) && count >= 0 && count <= MOST_AT_ONCE;
    if (!fits) throw badNumber('The number of rows', count);
    const created: Entity[] = [];
    for (let at = 0; at < count; at++) {
      created.push(await this.create(typeof overrides === 'function' ? overrides(at) : overrides));
    }
    return created;
  }

  private get metadata(): EntityMetadata {
    return this.source.getMetadata(this.target);
  }

  /** In a transaction of the caller a value that is refused must not undo the rest. */
  private save(entity: Entity): Promise<Entity> {
    const { manager } = this.source;
    const go = () => manager.save<Entity, Entity>(this.target, entity);
    const isInside = manager.queryRunner?.isTransactionActive === true;
    return isInside ? this.source.joinTransaction(go, { savepoint: true }) : go();
  }

  private givenFor(overrides: OverridesOf<Entity>): Given<Entity> {
    const at = this.at++;
    const all = [this.options.overrides ?? {}, overrides].map((one) => {
      const given: unknown = typeof one === 'function' ? (one as (at: number) => unknown)(at) : one;
      if (typeof given !== 'object' || given === null) throw noObject(given);
      return given;
    });
    const merged = Object.assign({}, ...all) as Overrides<Entity>;
    for (const name of Object.keys(merged)) this.requireProperty(name);
    return { overrides: merged, cells: this.cellsOf(merged as Entity) };
  }

  private requireProperty(name: string): void {
    const { metadata } = this;
    const isKnown = [...metadata.columns, ...metadata.relations].some(
      (one) => one.propertyPath.split('.')[0] === name,
    );
    if (isKnown) return;
    throw new InvalidInputError({
      problem: `${metadata.name} has no property ${name.slice(0, 60)}`,
      mend: 'Override properties of the entity by their names',
    });
  }

  private cellsOf(entity: Entity): Cells {
    const cells: Record<string, unknown> = {};
    for (const column of this.metadata.columns) {
      const value: unknown = column.getEntityValue(entity);
      if (value !== undefined) cells[column.databaseName] = value;
    }
    return cells;
  }

  private entityOf(cells: Cells, overrides: Overrides<Entity>): Entity {
    const { metadata } = this;
    const entity = metadata.create() as Entity;
    for (const column of metadata.columns) {
      const cell = cells[column.databaseName];
      if (cell === undefined || column.isVirtual) continue;
      const isText = isJsonColumn(column) && typeof cell === 'string';
      column.setEntityValue(entity, isText ? JSON.parse(cell) : cell);
    }
    this.referTo(entity, cells);
    return Object.assign(entity, overrides);
  }

  /** References whose column has no property of its own. */
  private referTo(entity: Entity, cells: Cells): void {
    for (const relation of this.metadata.relations) {
      const joins = relation.joinColumns.filter((column) => column.isVirtual);
      const known = joins.filter((column) => cells[column.databaseName] !== undefined);
      if (!relation.isOwning || relation.isManyToMany || known.length === 0) continue;
      const referred = known.map((column) => [
        column.referencedColumn?.propertyName ?? 'id',
        cells[column.databaseName],
      ]);
      relation.setEntityValue(entity, Object.fromEntries(referred));
    }
  }
}

/** Makes rows of `entity` that satisfy its columns and rules, with what they have to refer to. */
export function factory<Entity extends ObjectLiteral>(
  database: { readonly source: RowguardDataSource },
  entity: EntityTarget<Entity>,
  options: FactoryOptions<Entity> = {},
): Factory<Entity> {
  return new Factory(database.source, entity, options);
}

interface Given<Entity> {
  readonly overrides: Overrides<Entity>;
  readonly cells: Cells;
}

function tenantFor(metadata: EntityMetadata, { cells }: { readonly cells: Cells }): string {
  const scope = currentScope();
  if (classOf(metadata) !== 'tenant') return scope?.kind === 'tenant' ? scope.tenantId : '';
  const named = scope?.kind === 'system' ? cells['tenant_id'] : undefined;
  return typeof named === 'string' ? named : requireTenant(scope).tenantId;
}

function noObject(given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `The overrides of a factory are no object (given: ${given === null ? 'null' : typeof given})`,
    mend: 'Pass properties of the entity, or a function that answers them',
  });
}

function badNumber(what: string, given: unknown): InvalidInputError {
  return new InvalidInputError({
    problem: `${what} has to be a whole number from 0 to ${MOST_AT_ONCE} (given: ${String(given).slice(0, 40)})`,
    mend: 'Pass such a number',
  });
}
