interface Sample {
  /** When the question was sent, as `performance.now()` says it. */
  readonly asked: number;
  readonly position: bigint;
}

/** On an idle primary the next record may begin behind the header of a page that holds none yet. */
const PAGE_HEADER = 64n;

/**
 * How far the primary had written at which moment. One question now and then tells enough: what was
 * acknowledged before it was asked lies before its answer.
 */
export class PrimaryPositions {
  private readonly samples: Sample[] = [];

  constructor(private readonly keptMs: number) {}

  get newest(): bigint | undefined {
    return this.samples.at(-1)?.position;
  }

  add(asked: number, position: bigint): void {
    const last = this.samples.at(-1);
    // After a failover the new primary may stand before the old one: what was known is void.
    if (last && position < last.position) this.samples.length = 0;
    this.samples.push({ asked, position });
    while ((this.samples[1]?.asked ?? asked) < asked - this.keptMs) this.samples.shift();
  }

  /** A position that covers every write acknowledged until `time`; undefined: not known yet. */
  covering(time: number): bigint | undefined {
    return this.samples.find(({ asked }) => asked >= time)?.position;
  }

  /**
   * How old what a replica shows may be; undefined where that is not known, as of one that has not
   * come as far as the oldest sample. An idle primary is no lag.
   */
  lagOf(replayed: bigint, now: number): number | undefined {
    const behind = this.samples.findIndex(({ position }) => position > replayed + PAGE_HEADER);
    if (behind < 0) return 0;
    const seen = this.samples[behind - 1];
    return seen && now - seen.asked;
  }
}
