import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { SchemaPart } from './domain-catalog.js';
import { mayHaveExtension } from './schema/extensions.js';

/** The parts of the schema that need an extension which the server cannot have. */
export async function partsOutOfReach(
  source: DataSource,
  parts: readonly SchemaPart[],
  log: Pick<LoggerService, 'warn'>,
): Promise<SchemaPart[]> {
  const left: SchemaPart[] = [];
  for (const part of parts) {
    const { extension, name } = part;
    if (!extension || (await mayHaveExtension(source, extension))) continue;
    left.push(part);
    log.warn(
      `the server cannot have the extension ${extension.name}, ${extension.from} or newer: ${name} is left out, the rest of the schema is there`,
    );
  }
  return left;
}
