import { AUDIT_FINDINGS, type AuditFinding, type AuditFindingKind } from './audit-finding.js';

const MOST_NAMED = 1_000;

interface Found {
  readonly kind: AuditFindingKind;
  readonly problem: string;
  readonly seal?: number | undefined;
  readonly fromId?: number | undefined;
  readonly toId?: number | undefined;
  /** Default: one. */
  readonly rows?: number | undefined;
}

/** Counts everything, and names what can be named without filling the memory. */
export class FindingList {
  readonly counts = Object.fromEntries(AUDIT_FINDINGS.map((kind) => [kind, 0])) as Record<
    AuditFindingKind,
    number
  >;
  readonly named: AuditFinding[] = [];

  /** Of rows. */
  rows({ kind, problem, seal, fromId, toId = fromId, rows = 1 }: Found): void {
    this.counts[kind] += rows;
    this.name({ kind, seal, fromId: text(fromId), toId: text(toId), rows, problem });
  }

  /** Of a seal or the chain; `rows` could not be checked for it. */
  chain({ kind, problem, seal, rows = 0 }: Found): void {
    this.counts[kind] += 1;
    this.name({ kind, seal, fromId: undefined, toId: undefined, rows, problem });
  }

  get isEmpty(): boolean {
    return Object.values(this.counts).every((count) => count === 0);
  }

  private name(finding: AuditFinding): void {
    if (this.named.length < MOST_NAMED) this.named.push(finding);
  }
}

function text(id: number | undefined): string | undefined {
  return id === undefined ? undefined : String(id);
}
