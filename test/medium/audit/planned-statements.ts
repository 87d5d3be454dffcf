import { jest } from '@jest/globals';
import type { RowguardDataSource } from 'nestjs-rowguard';
import { TenantQueryRunner } from '../../../src/connection/tenant-query-runner.js';

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Every node of the plan of the one statement that the work sends. */
export async function plannedFor(
  source: RowguardDataSource,
  work: () => Promise<unknown>,
): Promise<PlanNode[]> {
  const query = jest.spyOn(TenantQueryRunner.prototype, 'query');
  const sent = await work().then(() =>
    query.mock.calls.map(([text, values]) => ({ text, values })),
  );
  query.mockRestore();
  const [only] = sent;
  if (!only || sent.length !== 1) throw new Error(`${sent.length} statements were sent`);
  const [answer] = await source.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
    `EXPLAIN (FORMAT JSON) ${only.text}`,
    only.values,
  );
  return (answer?.['QUERY PLAN'] ?? []).flatMap((one) => nodesOf(one.Plan));
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
