import { SchemaSnapshot } from '../../src/migrator/shadow/schema-snapshot.js';
import type { RunSql } from '../../src/schema/sql.js';

export type AskSql = RunSql;

export async function dumpSchema(ask: AskSql): Promise<readonly string[]> {
  return (await SchemaSnapshot.read(ask)).lines;
}

/** Lines that only one of two dumps has. */
export function differences(one: readonly string[], other: readonly string[]): string[] {
  return new SchemaSnapshot(one).differencesTo(new SchemaSnapshot(other));
}

export function withoutTooling(dump: readonly string[]): readonly string[] {
  return new SchemaSnapshot(dump).withoutTooling().lines;
}
