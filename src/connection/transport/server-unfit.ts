/** Why one of several servers was not taken; the next one is tried for it. */
export class ServerUnfit extends Error {
  constructor(why: string, cause?: unknown) {
    super(why, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}
