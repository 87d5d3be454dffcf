import type { EntityMetadata } from 'typeorm';
import type { CapturedTable } from '../context/built-statement.js';
import { signedSelect } from '../context/own-selects.js';
import type { Builder, ConfinedSource } from './confine.js';

export type ChangeKind = 'insert' | 'upsert' | 'update' | 'delete';

/** Has the statements of our builders tell what they did to the rows of some tables. */
export interface ChangeCapture {
  /** Undefined: what happens to the table is not remembered by the application. */
  tableOf(metadata: EntityMetadata): CapturedTable | undefined;
  /** What a statement returns for each row that it changed. `row`: how the statement names the table. */
  change(metadata: EntityMetadata, kind: ChangeKind, row: string): string;
  /**
   * The condition of an update. Where RETURNING cannot tell how the rows were, it joins them as they
   * are once they are locked; `sign` vouches for the select that does.
   */
  withLockedRows(metadata: EntityMetadata, where: string, sign: (select: string) => string): string;
}

export interface CapturingSource {
  readonly changes?: ChangeCapture | undefined;
}

type WriteBuilder = Builder & { readonly alias: string };

/** The table of a statement that writes, if its changes are remembered. */
export function capturedTable(
  { expressionMap }: Builder,
  { changes }: CapturingSource,
): CapturedTable | undefined {
  const { mainAlias, queryType } = expressionMap;
  if (!changes || queryType === 'select' || !mainAlias?.hasMetadata) return undefined;
  return changes.tableOf(mainAlias.metadata);
}

/** What the caller wants returned, and what became of the rows. */
export function withChanges(
  builder: WriteBuilder,
  source: CapturingSource,
  kind: ChangeKind,
  returning: string,
): string {
  if (!source.changes || !capturedTable(builder, source)) return returning;
  const { metadata } = builder.expressionMap.mainAlias as { metadata: EntityMetadata };
  const isNamed = kind !== 'delete' && kind !== 'update' && builder.alias !== metadata.tablePath;
  const row = builder.escape(isNamed ? builder.alias : metadata.tableName);
  const change = source.changes.change(metadata, kind, row);
  return returning === '' ? change : `${returning}, ${change}`;
}

/** The condition of an update that takes the rows as they were along. */
export function withLockedRows(builder: Builder, source: ConfinedSource, where: string): string {
  if (!source.changes || !capturedTable(builder, source)) return where;
  const { metadata } = builder.expressionMap.mainAlias as { metadata: EntityMetadata };
  const sign = source.walls.policies ? asItIs : signedSelect;
  return source.changes.withLockedRows(metadata, where, sign);
}

function asItIs(select: string): string {
  return select;
}
