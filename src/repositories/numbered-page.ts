import type { FindManyOptions, ObjectLiteral, Repository } from 'typeorm';
import { checkedCount, checkedLimit } from '../validation/page-limit.js';

export interface NumberedPageOptions<Entity> extends Omit<
  FindManyOptions<Entity>,
  'skip' | 'take'
> {
  /** From 1. */
  readonly page?: number;
  /** Default 50, at most 1,000. */
  readonly limit?: number;
}

export interface NumberedPage<Entity> {
  readonly items: Entity[];
  readonly total: number;
  readonly page: number;
  readonly limit: number;
  readonly pages: number;
}

const MOST_PAGES = 1_000_000;

export async function numberedPage<Entity extends ObjectLiteral>(
  repository: Repository<Entity>,
  options: NumberedPageOptions<Entity>,
): Promise<NumberedPage<Entity>> {
  const { page: given, limit: size, ...rest } = options;
  const limit = checkedLimit(size);
  const page = checkedCount('page', given ?? 1, MOST_PAGES);
  const order = rest.order ?? ({ id: 'ASC' } as never);
  const [items, total] = await repository.findAndCount({
    ...rest,
    order,
    skip: (page - 1) * limit,
    take: limit,
  });
  return { items, total, page, limit, pages: Math.ceil(total / limit) };
}
