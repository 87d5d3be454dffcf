/**
 * A stream brings its text, but parameters of its own making. Whoever makes one says beforehand
 * with which parameters, by which its builder is known.
 */
export class AnnouncedStreams {
  private readonly announced = new Map<string, unknown[]>();

  announce(text: string, parameters: unknown[]): void {
    this.announced.set(text, parameters);
  }

  request(text: string): { text: string; values?: unknown[] } {
    const values = this.announced.get(text);
    this.announced.delete(text);
    return values ? { text, values } : { text };
  }

  clear(): void {
    this.announced.clear();
  }
}
