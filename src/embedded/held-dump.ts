/** All that is in an engine, for others to start from. A Blob of Node would be pieced together anew for each. */
export class HeldDump extends Blob {
  constructor(private readonly held: ArrayBuffer) {
    super([held]);
  }

  /** A copy: what starts from it may write into it. */
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(this.held.slice(0));
  }
}
