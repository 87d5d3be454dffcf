import { Logger, type LoggerService } from '@nestjs/common';
import type { Logger as TypeOrmLogger } from 'typeorm';
import { canaryOf, othersThan } from './kinds.js';

const DEEPEST = 12;

/** Everything that can be read from a value without running code of it: lazy relations stay unloaded. */
export function textOf(value: unknown): string {
  const parts: string[] = [];
  const seen = new Set<object>();
  const walk = (one: unknown, depth: number): void => {
    if (one === null || one === undefined || depth > DEEPEST) return;
    if (Buffer.isBuffer(one)) parts.push(one.toString());
    else if (one instanceof Date) parts.push(one.toISOString());
    else if (typeof one !== 'object') parts.push(String(one));
    else if (!seen.has(one)) {
      seen.add(one);
      if (one instanceof Map || one instanceof Set) for (const entry of one) walk(entry, depth + 1);
      for (const [key, { value: inner }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
        parts.push(key);
        if (typeof inner !== 'function') walk(inner, depth + 1);
      }
    }
  };
  walk(value, 0);
  return parts.join('\n');
}

/** Message, stack and every property of an error and its causes. */
export function textOfError(error: unknown): string {
  const parts = [textOf(error)];
  for (let one = error; one instanceof Error; one = one.cause) {
    parts.push(one.message, one.stack ?? '', textOf(one));
  }
  return parts.join('\n');
}

export function foreignCanaryIn(text: string, tenantId: string): string | undefined {
  return othersThan(tenantId)
    .map(canaryOf)
    .find((canary) => text.includes(canary));
}

export function foreignTenantIn(text: string, tenantId: string): string | undefined {
  return othersThan(tenantId).find((other) => text.includes(other));
}

/** Collects what would have been logged, by TypeORM with everything on, and by Nest. */
export class LogWatch {
  private lines: string[] = [];

  take(): string {
    const text = this.lines.join('\n');
    this.lines = [];
    return text;
  }

  readonly typeOrm: TypeOrmLogger = {
    logQuery: (query, parameters) => this.add(query, parameters),
    logQueryError: (error, query, parameters) => this.add(String(error), query, parameters),
    logQuerySlow: (time, query, parameters) => this.add(time, query, parameters),
    logSchemaBuild: (message) => this.add(message),
    logMigration: (message) => this.add(message),
    log: (level, message) => this.add(level, message),
  };

  watchNest(): void {
    const log = (...given: unknown[]) => this.add(...given);
    const service: LoggerService = {
      log,
      error: log,
      warn: log,
      debug: log,
      verbose: log,
      fatal: log,
    };
    Logger.overrideLogger(service);
  }

  private add(...given: unknown[]): void {
    this.lines.push(given.map(textOf).join('\n'));
  }
}
