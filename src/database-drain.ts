import { Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { RowguardDataSource } from './rowguard.data-source.js';

/**
 * Ends the work of an application in order. Nest calls this after every `onModuleDestroy`, where
 * modules may still write, and while the server still answers; TypeORM closes the pools at the end.
 */
export class DatabaseDrain implements BeforeApplicationShutdown {
  private readonly log = new Logger('Rowguard');

  constructor(private readonly source: RowguardDataSource) {}

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.source.isInitialized) return;
    const { drainMs } = this.source.databaseOptions.pool;
    const { units, connections } = await this.source.drain(drainMs);
    if (units + connections > 0) {
      this.log.warn(
        `after ${drainMs} ms of draining ${units} units of work go on, and ${connections} connections are in use; they are cut off`,
      );
    }
  }
}
