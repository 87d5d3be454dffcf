import { type DataSource, In, IsNull } from 'typeorm';
import { Notification } from '../../entities/platform/notification.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import type { KeysetPage, KeysetPageOptions } from '../keyset-pager.js';

export interface NotificationMessage {
  readonly kind: string;
  readonly title: string;
  readonly body?: string;
  readonly data?: Record<string, unknown>;
}

/** Words to the people of the tenant in hand. */
export class NotificationRepository extends DomainRepository<Notification> {
  constructor(source: DataSource) {
    super(Notification, source);
  }

  notify(recipientId: string, message: NotificationMessage): Promise<Notification> {
    return this.create({ ...message, recipientId } as NewRow<Notification>);
  }

  /** The same words to many, in as few statements as the protocol allows. */
  async notifyMany(
    recipientIds: readonly string[],
    message: NotificationMessage,
  ): Promise<Notification[]> {
    const rows = checkedIds(recipientIds).map((recipientId) => ({ ...message, recipientId }));
    return this.insertMany(rows as NewRow<Notification>[]);
  }

  countUnread(recipientId: string): Promise<number> {
    return this.countBy({ recipientId, readAt: IsNull() });
  }

  /** What a person has not read, newest first. */
  unread(
    recipientId: string,
    page: Pick<KeysetPageOptions<Notification>, 'limit' | 'after'> = {},
  ): Promise<KeysetPage<Notification>> {
    return this.findPage({
      ...page,
      where: { recipientId, readAt: IsNull() },
      order: { id: 'DESC' },
    });
  }

  /** Answers how many were unread before. Name the recipient where others could guess an id. */
  async markRead(ids: readonly string[], recipientId?: string): Promise<number> {
    const where = {
      id: In(checkedIds(ids)),
      ...(recipientId === undefined ? {} : { recipientId }),
    };
    return this.mark(where);
  }

  async markAllRead(recipientId: string): Promise<number> {
    return this.mark({ recipientId });
  }

  private async mark(where: object): Promise<number> {
    const unread = { ...where, readAt: IsNull(), deletedAt: IsNull() };
    const { affected } = await this.manager.update(Notification, unread, { readAt: new Date() });
    return affected ?? 0;
  }
}

function checkedIds(ids: unknown): string[] {
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids as string[];
  throw new InvalidInputError({
    problem: 'The ids are not a list of ids',
    mend: 'Pass a list of UUIDs; nothing was written',
  });
}
