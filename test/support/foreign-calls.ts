import { randomUUID } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import { type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import { classOf } from '../../src/entities/entity-classification.js';
import { DomainRepository } from '../../src/repositories/domain.repository.js';
import type { RowFactory } from './row-factory.js';
import { ACME, GLOBEX } from './shop.js';

/** How a verb answers about the row of another tenant, and about one that is nowhere. */
export interface ForeignCall {
  readonly verb: string;
  readonly foreign: string;
  readonly missing: string;
}

export interface Rows {
  readonly factory: RowFactory;
  readonly ids: Map<string, string>;
}

type Verb = (...given: unknown[]) => unknown;
type Ids = ReadonlyMap<string, string>;

/** What everything else in a call is, by the name of the parameter. */
const FILLERS: Readonly<Record<string, unknown>> = {
  changes: {},
  options: { deleted: 'with' },
  status: 'failed',
  next: 'cancelled',
  state: {},
  kind: 'derived_from',
  label: 'L',
  title: 'T',
  note: 'N',
  reason: 'R',
  error: 'E',
  body: 'B',
  payload: 'P',
  manifest: [{ key: 'k' }],
  report: { total: 1 },
  message: { kind: 'k', title: 't', role: 'user', content: 'c' },
  messages: [{ role: 'user', content: 'c' }],
  files: [],
  subject: 'everyone',
  permission: 'p',
  slug: 's',
  told: { durationSeconds: 1 },
  number: 1,
  at: new Date(0),
  olderThanMs: 1,
  text: { authorId: randomUUID(), body: 'B' },
  wanted: { period: 'day', maxCalls: 1 },
  received: { payload: 'P', signature: 'S' },
  line: { description: 'D', unitPrice: '1' },
  change: { authorId: randomUUID(), content: 'C' },
  count: 1,
  staleAfterMs: 0,
  condition: 'true',
  _: {},
};

/** Parameters that are called by another name than the table of their row. */
const TABLES: Readonly<Record<string, string>> = {
  studyId: 'studies',
  userId: 'memberships',
  recipientId: 'memberships',
  recipientIds: 'memberships',
  authorId: 'memberships',
  resolverId: 'memberships',
  creatorId: 'memberships',
  ownerId: 'memberships',
  fromId: 'artifacts',
  toId: 'artifacts',
  collectionId: 'artifact_collections',
  commentId: 'artifact_comments',
  lineId: 'invoice_line_items',
};

const LISTS = /^(?:recipient|artifact)?ids$/i;

/** Every verb of the repository that takes ids, its own and the inherited ones. */
export async function foreignCalls(
  source: RowguardDataSource,
  repository: DomainRepository<{ id: string }>,
  rows: Rows,
): Promise<ForeignCall[]> {
  const calls: ForeignCall[] = [];
  for (const [name, verb] of verbsOf(repository)) {
    const parameters = parametersOf(verb);
    const tables = parameters.map((one) => tableOf(source, repository.metadata, one));
    const places = tables.flatMap((table, at) => (table ? [at] : []));
    if (places.length === 0) continue;
    const ids = {
      own: new Map<string, string>(),
      foreign: new Map<string, string>(),
      missing: new Map<string, string>(),
    };
    for (const table of tables) {
      if (!table) continue;
      ids.own.set(table.tableName, await idOf(table, rows, ACME));
      ids.foreign.set(table.tableName, await idOf(table, rows, GLOBEX));
      ids.missing.set(table.tableName, missingId(table));
    }
    for (const stranger of [...places, ...(places.length > 1 ? [-1] : [])]) {
      const given = (some: Ids) =>
        parameters.map((parameter, at) => {
          const table = tables[at];
          if (!table) return FILLERS[parameter];
          const from = stranger === -1 || at === stranger ? some : ids.own;
          const id = from.get(table.tableName);
          return LISTS.test(parameter) ? [id] : id;
        });
      const ask = (some: Ids) => outcome(repository, verb, given(some));
      const at = stranger === -1 ? 'all' : parameters[stranger];
      calls.push({
        verb: `${repository.constructor.name}.${name} (${at})`,
        missing: await ask(ids.missing),
        foreign: await ask(ids.foreign),
      });
    }
  }
  return calls;
}

/** One row of each table and tenant: some tables take no second one. */
async function idOf(metadata: EntityMetadata, rows: Rows, tenantId: string): Promise<string> {
  const { tableName } = metadata;
  if (tableName === 'tenants') return tenantId;
  const name = `${tableName} ${tenantId}`;
  const known = rows.ids.get(name) ?? String((await rows.factory.insert(metadata, tenantId))['id']);
  rows.ids.set(name, known);
  return known;
}

function missingId(metadata: EntityMetadata): string {
  return metadata.findColumnWithPropertyName('id')?.type === 'uuid' ? randomUUID() : '123456789';
}

function verbsOf(repository: object): [string, Verb][] {
  const verbs = new Map<string, Verb>();
  for (
    let prototype = Object.getPrototypeOf(repository) as object;
    prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object
  ) {
    if (prototype.constructor.name === 'Repository') break;
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value !== 'function' || name === 'constructor' || verbs.has(name)) continue;
      verbs.set(name, value as Verb);
    }
  }
  return [...verbs];
}

function parametersOf(verb: Verb): string[] {
  const [, list = ''] = /^[^(]*\(([^]*?)\)\s*\{/.exec(verb.toString()) ?? [];
  return list
    .replaceAll(/\{[^}]*\}/g, '_')
    .split(',')
    .map((one) => one.replace(/=.*$/s, '').trim())
    .filter((one) => one !== '');
}

function tableOf(
  source: RowguardDataSource,
  own: EntityMetadata,
  parameter: string,
): EntityMetadata | undefined {
  if (parameter === 'id' || parameter === 'ids' || parameter === 'criteria') return own;
  const singular = /^(\w+?)Ids?$/.exec(parameter)?.[1];
  const name = TABLES[parameter] ?? (singular && `${singular}s`);
  return source.entityMetadatas.find((one) => one.tableName === name);
}

async function outcome(repository: object, verb: Verb, given: readonly unknown[]): Promise<string> {
  const answer = await TenantContext.run({ tenantId: ACME }, async () =>
    verb.apply(repository, [...given]),
  ).catch((error: Error & { given?: unknown }) => {
    const { name, message, given: told } = error;
    return { name, message, told };
  });
  return JSON.stringify(answer ?? null)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replaceAll(/"\w*At":"[^"]*"/g, '<time>');
}

/** A row of each table for both tenants, so that nothing has to be made between the calls. */
export async function madeRows(source: RowguardDataSource, factory: RowFactory): Promise<Rows> {
  const rows = { factory, ids: new Map<string, string>() };
  for (const metadata of source.entityMetadatas) {
    if (classOf(metadata) !== 'tenant' || metadata.tableType === 'view') continue;
    for (const tenantId of [ACME, GLOBEX]) await idOf(metadata, rows, tenantId);
  }
  return rows;
}

export function repositoriesWithIds(
  source: RowguardDataSource,
  classes: readonly (new (source: never) => object)[],
): DomainRepository<{ id: string }>[] {
  return classes
    .map((one) => new one(source as never))
    .filter((one) => one instanceof DomainRepository)
    .filter((one) => source.hasMetadata(one.target))
    .filter((one) => {
      const { target, tableName } = one.metadata;
      const isSeenByAll = classOf(one.metadata) === 'shared' && tableName !== 'tenants';
      return typeof target === 'function' && !isSeenByAll;
    }) as DomainRepository<{ id: string }>[];
}
