import type { Repository, TreeRepository } from 'typeorm';
import { type RowguardDataSource, TenantRepository } from 'nestjs-rowguard';
import type { Customer, Folder, Invoice, Label, Letter } from '../shop.js';
import {
  CATEGORIES,
  CUSTOMERS,
  FLAT_KINDS,
  FOLDERS,
  INVOICES,
  KINDS,
  type Kind,
  LABELS,
  LETTERS,
  type Row,
  canaryOf,
  othersThan,
} from './kinds.js';
import type { Random } from './random.js';

/** One thing that an application does, or that somebody tries on it. */
export interface Operation {
  readonly name: string;
  readonly run: (actor: Actor) => unknown;
  /** May change rows: is only done by the tenant whose turn it is. */
  readonly writes?: boolean;
  /** Is SQL that nobody can confine: where row-level security is off it has to be refused. */
  readonly raw?: boolean;
  /** Means something else inside a transaction. */
  readonly alone?: boolean;
  /** Tries to get at what is not the tenant's; may come to nothing, or has to be refused. */
  readonly attack?: 'harmless' | 'refused';
}

/** Who does it, with what. */
export class Actor {
  constructor(
    readonly source: RowguardDataSource,
    readonly tenantId: string,
    readonly random: Random,
    private readonly rows: ReadonlyMap<string, readonly Row[]>,
  ) {}

  get manager() {
    return this.source.manager;
  }

  get canary(): string {
    return canaryOf(this.tenantId);
  }

  get stranger(): string {
    return this.random.pick(othersThan(this.tenantId));
  }

  get customers() {
    return this.repository<Customer>(CUSTOMERS);
  }

  get invoices() {
    return this.repository<Invoice>(INVOICES);
  }

  get labels() {
    return this.repository<Label>(LABELS);
  }

  get letters() {
    return this.repository<Letter>(LETTERS);
  }

  anyKind(): Kind {
    return this.random.pick(KINDS);
  }

  flatKind(): Kind {
    return this.random.pick(FLAT_KINDS);
  }

  repository<T extends object = Row>(kind: Kind): TenantRepository<T> {
    return new TenantRepository<T>(kind.entity as never, this.source);
  }

  trees(): TreeRepository<Folder> {
    const { entity } = this.random.pick([CATEGORIES, FOLDERS]);
    return this.random.pick([this.source, this.manager]).getTreeRepository(entity as never);
  }

  /** The same methods by one of three ways: our repository, TypeORM's, or the manager. */
  door(kind: Kind): Repository<Row> {
    const way = this.random.below(3);
    if (way === 0) return this.repository(kind);
    if (way === 1) return this.manager.getRepository(kind.entity);
    const manager = this.manager as unknown as Record<string, Function>;
    return new Proxy({} as Repository<Row>, {
      get: (_, method) =>
        method === 'createQueryBuilder'
          ? (alias: string) => this.manager.createQueryBuilder(kind.entity, alias)
          : (...given: unknown[]) =>
              (manager[String(method)] as Function).call(manager, kind.entity, ...given) as unknown,
    });
  }

  builder(kind: Kind, alias = 'it') {
    const way = this.random.below(3);
    if (way === 0) return this.source.createQueryBuilder(kind.entity, alias) as never as Select;
    if (way === 1) return this.manager.createQueryBuilder(kind.entity, alias) as Select;
    return this.repository<Row>(kind).createQueryBuilder(alias) as Select;
  }

  own(kind: Kind): Row {
    return this.random.pick(this.rowsOf(kind, this.tenantId));
  }

  foreign(kind: Kind): Row {
    return this.random.pick(this.rowsOf(kind, this.stranger));
  }

  /** What was chosen, for the report of a fault. */
  noted = '';

  oneOf(choices: readonly (() => unknown)[]): unknown {
    const choice = this.random.pick(choices);
    this.noted = String(choice);
    return choice();
  }

  text(): string {
    return `${this.canary} ${this.random.below(2 ** 31).toString(36)}`;
  }

  /** A new row of a flat kind, without an id. */
  fresh(kind: Kind): Partial<Row> {
    return { [kind.text]: this.text(), deletedBy: this.text() };
  }

  private rowsOf(kind: Kind, tenantId: string): readonly Row[] {
    const rows = (this.rows.get(kind.table) ?? []).filter((row) => row.tenantId === tenantId);
    return rows.length > 0 ? rows : [{ tenantId, id: NO_ROW }];
  }
}

export type Select = import('typeorm').SelectQueryBuilder<Row>;

export const NO_ROW = '0190ffff-0000-7000-8000-000000000000';
