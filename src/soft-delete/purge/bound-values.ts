/** The values of a statement, in the order in which its text names them. */
export class BoundValues {
  readonly values: unknown[] = [];

  /** The placeholder that stands for the value. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
