import { statementShape } from '../../sql/statement-shape.js';

const AGAIN_MS = 60_000;
const MOST_SHAPES = 500;
const LONGEST_SHAPE = 1_000;

interface Seen {
  toldAt: number;
  since: number;
  slowestMs: number;
}

/** Names statements that took too long, each shape of them once a minute, without any value. */
export class SlowStatements {
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly limitMs: number,
    private readonly warn: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  answered(text: string, ms: number, failed: boolean): void {
    if (ms < this.limitMs) return;
    const shape = cut(statementShape(text));
    const seen = this.seen.get(shape);
    if (seen && this.now() - seen.toldAt < AGAIN_MS) {
      seen.since++;
      seen.slowestMs = Math.max(seen.slowestMs, ms);
      return;
    }
    const more =
      seen && seen.since > 0
        ? ` (and ${seen.since} more since it was last told, the slowest ${Math.round(seen.slowestMs)} ms)`
        : '';
    this.warn(
      `slow statement: ${Math.round(ms)} ms${failed ? ', and it failed' : ''}${more}: ${shape}`,
    );
    this.remember(shape);
  }

  private remember(shape: string): void {
    this.seen.delete(shape);
    const [oldest] = this.seen.keys();
    if (this.seen.size >= MOST_SHAPES && oldest !== undefined) this.seen.delete(oldest);
    this.seen.set(shape, { toldAt: this.now(), since: 0, slowestMs: 0 });
  }
}

function cut(shape: string): string {
  return shape.length > LONGEST_SHAPE ? `${shape.slice(0, LONGEST_SHAPE)}…` : shape;
}
