/** Work that comes again and again, one at a time; never keeps the process alive. */
export class Repeated {
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** `work` answers after how many milliseconds it wants to come again, and never fails. */
  constructor(private readonly work: () => Promise<number>) {}

  /** Right away; whoever asks while it runs gets that run. */
  now(): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  /** The next run comes after so many milliseconds, instead of when it would have. */
  after(pause: number): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.now(), pause);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.after(await this.work());
  }
}
