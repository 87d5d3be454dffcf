export interface Defect {
  readonly name: string;
  readonly edits: readonly {
    readonly file: string;
    readonly find: string;
    readonly replace: string;
  }[];
  /** Test file below test/medium, and the full name of the test that must go red. */
  readonly file: string;
  readonly test: string;
}

export class MutantTree {
  static create(root?: string): MutantTree;
  dispose(): void;
  with<T>(defect: Defect, work: () => Promise<T>): Promise<T>;
  test(files: readonly string[], name?: string): Promise<Map<string, string>>;
}
