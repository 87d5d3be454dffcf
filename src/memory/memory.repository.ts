import {
  type DataSource,
  type EntityMetadata,
  type EntityTarget,
  type FindOptionsWhere,
  type Repository,
} from 'typeorm';
import { TenantContext } from '../context/tenant-context.js';
import {
  ConversationMemory,
  DEFAULT_NAMESPACE,
} from '../entities/memory/conversation-memory.entity.js';
import { ExtensionMissingError } from '../errors/extension-missing.error.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { newEntities } from '../repositories/bulk-insert.js';
import { DomainRepository, type RowChanges } from '../repositories/domain.repository.js';
import { entitiesFrom } from '../repositories/returned-rows.js';
import { createIndex } from './memory-index.js';
import {
  type Distance,
  type MemorySearchOptions,
  checkedSearch,
  checkedText,
} from './memory-search.js';
import { type Vector, checkedVector } from './vector.js';
import { VectorSearch } from './vector-search.js';

export interface NewMemory {
  readonly content: string;
  readonly embedding: Vector;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Tells what is remembered already, within its namespace. */
  readonly key?: string | null;
  readonly metadata?: Record<string, unknown>;
  readonly conversationId?: string | null;
}

export interface FoundMemory {
  readonly item: ConversationMemory;
  readonly distance: number;
}

/** The verbs that mean something else here, and what cannot be overridden as it is declared. */
type Replaced =
  'metadata' | 'create' | 'update' | 'insert' | 'insertMany' | 'upsert' | 'upsertMany';

const Base = DomainRepository as unknown as new (
  target: EntityTarget<ConversationMemory>,
  source: DataSource,
) => Omit<DomainRepository<ConversationMemory>, Replaced>;

/** About 12 MB of text in one statement. */
const MOST_VALUES = 1_000_000;
const MOST_ROWS = 1_000;
const UNIQUE = ['tenant_id', 'namespace', 'key'];
const REPLACED = [
  'content',
  'metadata',
  'embedding',
  'dimensions',
  'conversation_id',
  'updated_at',
];

/** Remembers texts by their embeddings, and finds the nearest of the tenant in hand. */
export class MemoryRepository extends Base {
  constructor(source: DataSource) {
    super(ConversationMemory, source);
  }

  get metadata(): EntityMetadata {
    const { dataSource } = this.manager;
    if (dataSource.hasMetadata(ConversationMemory))
      return dataSource.getMetadata(ConversationMemory);
    const { missingExtensions } = dataSource as { missingExtensions?: ReadonlySet<string> };
    if (missingExtensions?.has('vector')) throw noVectors();
    return Reflect.get(DomainRepository.prototype, 'metadata', this) as EntityMetadata;
  }

  async insert(memory: NewMemory): Promise<ConversationMemory> {
    const [row] = await this.insertMany([memory]);
    return row as ConversationMemory;
  }

  /** The same as insert. */
  create(memory: NewMemory): Promise<ConversationMemory> {
    return this.insert(memory);
  }

  async insertMany(memories: readonly NewMemory[]): Promise<ConversationMemory[]> {
    const rows = this.newRows(memories);
    await this.inParts(rows, (part) =>
      this.createQueryBuilder()
        .insert()
        .values(part as never)
        .execute(),
    );
    return rows;
  }

  /** Inserts, or replaces what has the same namespace and key. */
  async upsert(memory: NewMemory): Promise<ConversationMemory> {
    const [row] = await this.upsertMany([memory]);
    return row as ConversationMemory;
  }

  async upsertMany(memories: readonly NewMemory[]): Promise<ConversationMemory[]> {
    const rows = this.newRows(memories);
    checkKeys(rows);
    const shown = this.metadata.columns.filter((column) => column.isSelect);
    const returned: ConversationMemory[] = [];
    await this.inParts(rows, async (part) => {
      const { raw } = await this.createQueryBuilder()
        .insert()
        .values(part as never)
        .orUpdate(REPLACED, UNIQUE, { indexPredicate: '"deleted_at" IS NULL' })
        .returning(shown.map((column) => column.propertyPath))
        .execute();
      returned.push(...entitiesFrom<ConversationMemory>(this.asRepository, raw as object[]));
    });
    return returned;
  }

  /** Changes what is remembered; a new embedding may have another length. */
  async update(id: string, changes: RowChanges<ConversationMemory>): Promise<ConversationMemory> {
    const { embedding, ...others } = changes ?? {};
    const values = embedding === undefined ? undefined : checkedVector(embedding, 'The embedding');
    const given = values ? { ...others, embedding: values, dimensions: values.length } : changes;
    return DomainRepository.prototype.update.call(this, id, given) as Promise<ConversationMemory>;
  }

  /** The nearest first: as many as were asked for, or all there are. */
  async search(options: MemorySearchOptions): Promise<FoundMemory[]> {
    const { metadata } = this;
    const search = checkedSearch(options);
    const { maxDistance } = search;
    const rows = await new VectorSearch(this.manager, metadata).nearest(search);
    const items = entitiesFrom<ConversationMemory>(this.asRepository, rows);
    const found = items.map((item, at) => ({ item, distance: rows[at]?.distance ?? NaN }));
    return maxDistance === undefined
      ? found
      : found.filter(({ distance }) => distance <= maxDistance);
  }

  /** Deletes softly what was remembered under the key. Answers whether there was something. */
  async forget(key: string, namespace = DEFAULT_NAMESPACE): Promise<boolean> {
    return (
      (await this.forgetAll({ key: named('key', key), namespace: named('namespace', namespace) })) >
      0
    );
  }

  /** Deletes softly all of a namespace, as one act. Answers how much that was. */
  async forgetNamespace(namespace: string): Promise<number> {
    return this.forgetAll({ namespace: named('namespace', namespace) });
  }

  /**
   * For vectors of other lengths than the usual ones, or another distance: schema work, for where
   * the schema is prepared. Writing waits for it.
   */
  async ensureIndex(dimensions: number, distance: Distance = 'cosine'): Promise<void> {
    await createIndex(this.manager, this.metadata, dimensions, distance);
  }

  private async forgetAll(where: FindOptionsWhere<ConversationMemory>): Promise<number> {
    TenantContext.require();
    return (await this.manager.softDelete(this.metadata.target, where as never)).affected ?? 0;
  }

  private newRows(memories: readonly NewMemory[]): ConversationMemory[] {
    const isList = Array.isArray(memories);
    if (!isList || !memories.every((one) => typeof one === 'object' && one !== null)) {
      throw refused('What was given is no list of objects', 'Pass a list; nothing was written');
    }
    const given = memories.map((memory: NewMemory, at) => {
      const name = memories.length > 1 ? `The embedding of row ${at}` : 'The embedding';
      const embedding = checkedVector(memory.embedding, name);
      const { namespace = DEFAULT_NAMESPACE } = memory;
      return { ...memory, namespace, embedding, dimensions: embedding.length };
    });
    return newEntities<ConversationMemory>(this.asRepository, given);
  }

  private async inParts(
    rows: readonly ConversationMemory[],
    send: (part: ConversationMemory[]) => Promise<unknown>,
  ): Promise<void> {
    const longest = Math.max(1, ...rows.map((row) => row.dimensions));
    const size = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / longest)));
    const work = async () => {
      for (let start = 0; start < rows.length; start += size) {
        await send(rows.slice(start, start + size));
      }
    };
    await (rows.length > size ? this.transaction(work) : work());
  }

  private get asRepository(): Repository<ConversationMemory> {
    return this as unknown as Repository<ConversationMemory>;
  }
}

function named(name: string, value: unknown): string {
  const text = checkedText(name, value);
  if (text !== undefined && text !== '') return text;
  throw refused(`No ${name} was given`, `Name the ${name} that is to be forgotten`);
}

/** PostgreSQL cannot replace a row twice in one statement. */
function checkKeys(rows: readonly ConversationMemory[]): void {
  const keys = rows.map(({ namespace, key }) => (key ? JSON.stringify([namespace, key]) : ''));
  if (keys.includes('')) {
    throw refused(`Row ${keys.indexOf('')} has no key`, 'Give a key, or insert it');
  }
  const again = keys.findIndex((key, at) => keys.indexOf(key) < at);
  if (again < 0) return;
  throw refused(
    `Row ${again} has the namespace and key of a row before it`,
    'Pass the last one only; nothing was written',
  );
}

function noVectors(): ExtensionMissingError {
  return new ExtensionMissingError({
    problem: 'This server has no memory for conversations: it lacks the extension vector',
    mend: 'Install pgvector 0.8 or newer on the server (Debian and Ubuntu: postgresql-<version>-pgvector), let the login of the owner create it, and start again',
    given: { extension: 'vector' },
  });
}

function refused(problem: string, mend: string): InvalidInputError {
  return new InvalidInputError({ problem, mend });
}
