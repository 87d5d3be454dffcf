import type { EntityManager } from 'typeorm';
import { Tool } from '../../entities/tools/tool.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';

/** One change of what belongs to a tool at a time, and nobody deletes the tool meanwhile. */
export async function holdTool(manager: EntityManager, id: string): Promise<void> {
  const held = await manager
    .createQueryBuilder(Tool, 'tool')
    .select('tool.id')
    .where({ id })
    .setLock('for_no_key_update')
    .getOne();
  if (!held) throw notFound('Tool');
}
