import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { TenantClient } from '../connection/tenant-client.js';
import { TenantContext } from '../context/tenant-context.js';

export interface DatabaseHealth {
  readonly status: 'up' | 'down';
  readonly latencyMs?: number;
  readonly message?: string;
}

const PROBE_TIMEOUT_MS = 1_000;

/**
 * Whether the database answers, in the form that @nestjs/terminus takes; works without it as well.
 * The answer names neither host nor user: it is often served to the outside.
 */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(private readonly source: DataSource) {}

  async isHealthy(key = 'database'): Promise<Record<string, DatabaseHealth>> {
    return { [key]: await this.check() };
  }

  async check(): Promise<DatabaseHealth> {
    const start = performance.now();
    try {
      await withinTime(TenantContext.runTenantless('health check', () => this.probe()));
      return { status: 'up', latencyMs: Math.round((performance.now() - start) * 10) / 10 };
    } catch {
      return { status: 'down', message: 'The database does not answer' };
    }
  }

  /** Past the binding: whether the server answers has nothing to do with a tenant. */
  private async probe(): Promise<void> {
    const runner = this.source.createQueryRunner();
    try {
      await ((await runner.connect()) as TenantClient).bare('select 1');
    } finally {
      await runner.release();
    }
  }
}

async function withinTime(probe: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), PROBE_TIMEOUT_MS);
  });
  try {
    await Promise.race([probe, late]);
  } finally {
    clearTimeout(timer);
    probe.catch(() => undefined);
  }
}
