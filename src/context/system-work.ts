import { Logger } from '@nestjs/common';
import type { SystemScope } from './tenant-scope.js';

type SystemWorkListener = (scope: SystemScope) => void;

/**
 * The record of work done across tenants: each start is logged with its reason, and handed to
 * whoever listens. The reason also travels to the database as the setting rowguard.reason.
 */
class SystemWork {
  private readonly logger = new Logger('Rowguard');
  private readonly listeners = new Set<SystemWorkListener>();

  record(scope: SystemScope): void {
    this.logger.log(
      `system work: ${scope.reason}${scope.actorId ? ` (actor ${scope.actorId})` : ''}`,
    );
    for (const listener of this.listeners) listener(scope);
  }

  /** Returns the function that stops listening. */
  onStart(listener: SystemWorkListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const systemWork = new SystemWork();
