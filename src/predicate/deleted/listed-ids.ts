import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { isUuid } from '../../context/uuid.js';

/** By the entity that a relation leads to: the ids of all rows that are named by those being saved. */
export class ListedIds {
  private readonly ids = new Map<EntityMetadata, unknown[]>();

  add(target: EntityMetadata, row: ObjectLiteral): void {
    const column = target.findColumnWithPropertyName('id');
    const id: unknown = column?.getEntityValue(row);
    if (id === undefined || id === null || (column?.type === 'uuid' && !isUuid(id))) return;
    const known = this.ids.get(target);
    if (known) known.push(id);
    else this.ids.set(target, [id]);
  }

  of(target: EntityMetadata): readonly unknown[] {
    return this.ids.get(target) ?? [];
  }
}

const saves = new AsyncLocalStorage<ListedIds | undefined>();

/** Undefined outside of a save. */
export function listedIds(): ListedIds | undefined {
  return saves.getStore();
}

export function whileSaving<T>(listed: ListedIds | undefined, save: () => T): T {
  return saves.run(listed, save);
}
