import { type SchemaStep, partsOfStep } from './schema-step.js';

/**
 * TypeORM drops what hangs on a column before it makes the column anew, and makes it again after.
 * Where the column stays, what is made again as it was may stay as well.
 */
export function withoutNeedlessRebuilds(steps: readonly SchemaStep[]): SchemaStep[] {
  const left = [...steps];
  for (const drop of steps) {
    if (!isDrop(drop.up)) continue;
    const again = left.find((step) => step !== drop && canonical(step.up) === canonical(drop.down));
    if (!again || left.indexOf(again) < left.indexOf(drop)) continue;
    left.splice(left.indexOf(again), 1);
    left.splice(left.indexOf(drop), 1);
  }
  return left;
}

function isDrop(sql: string): boolean {
  return (
    partsOfStep('dropIndex', sql) !== undefined || partsOfStep('dropConstraint', sql) !== undefined
  );
}

function canonical(sql: string): string {
  return sql
    .replaceAll(/ USING btree\b/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
