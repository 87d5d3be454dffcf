/** One message of the PostgreSQL protocol; the start-up messages have no type of their own. */
export interface Frame {
  readonly type: string;
  readonly body: Buffer;
}

const LENGTH_BYTES = 4;

/** Cuts a stream of bytes into messages, however the network has cut it before. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** `startsUntyped`: the client's side, whose first message has no type byte. */
  constructor(private startsUntyped: boolean) {}

  read(chunk: Buffer): Frame[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.next(); frame; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): Frame | undefined {
    const head = this.startsUntyped ? 0 : 1;
    if (this.rest.length < head + LENGTH_BYTES) return undefined;
    const end = head + this.rest.readInt32BE(head);
    if (this.rest.length < end) return undefined;
    const body = this.rest.subarray(head + LENGTH_BYTES, end);
    const type = this.startsUntyped ? 'startup' : String.fromCharCode(this.rest[0] ?? 0);
    this.rest = this.rest.subarray(end);
    this.startsUntyped = false;
    return { type, body };
  }
}

/** The zero-terminated strings that a message begins with. */
export function strings(body: Buffer, count: number): string[] {
  const found: string[] = [];
  let from = 0;
  while (found.length < count) {
    const end = body.indexOf(0, from);
    if (end < 0) break;
    found.push(body.toString('utf8', from, end));
    from = end + 1;
  }
  return found;
}
