import type { Migration } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { Direction } from '../recording/recorded-migration.js';
import { SchemaSnapshot } from './schema-snapshot.js';
import type { ShadowDatabase } from './shadow-database.js';

export type TrialProblemKind =
  | 'up-throws'
  | 'down-missing'
  | 'down-throws'
  | 'down-differs'
  | 'up-again-throws'
  | 'up-again-differs';

export interface TrialProblem {
  readonly kind: TrialProblemKind;
  readonly said: string;
  /** Objects that differ: with - what is gone, with + what has come. */
  readonly differences: readonly string[];
}

export interface TriedMigration {
  readonly name: string;
  readonly problems: readonly TrialProblem[];
}

/** Others may have begun to use it: a down rightly leaves an extension where it is. */
const EXTENSION = /^[+-] extension /;

/** Runs migrations up, down and up again, one after the other, and compares the schemas. */
export class MigrationTrial {
  constructor(private readonly shadow: ShadowDatabase) {}

  /** Those that are not among `names` only run up; without names all are tried. */
  async run(
    migrations: readonly Migration[],
    names: readonly string[] = [],
    onTried: (tried: TriedMigration) => void = () => undefined,
  ): Promise<TriedMigration[]> {
    refuseUnknown(names, migrations);
    const all: TriedMigration[] = [];
    const last = migrations.findLastIndex(({ name }) => names.includes(name));
    for (const migration of last < 0 ? migrations : migrations.slice(0, last + 1)) {
      const isWanted = names.length === 0 || names.includes(migration.name);
      if (!isWanted) {
        await this.shadow.replay([migration]);
        continue;
      }
      const problems = await this.tryOne(migration);
      all.push({ name: migration.name, problems });
      onTried({ name: migration.name, problems });
      if (problems.some(({ kind }) => kind === 'up-throws')) break;
    }
    return all;
  }

  private async tryOne(migration: Migration): Promise<TrialProblem[]> {
    const before = await this.look();
    const up = await this.attempt(migration, 'up');
    if (up) return [problem('up-throws', up)];
    const after = await this.look();
    if (isMissing(migration)) return [problem('down-missing', 'it has no down')];
    const down = await this.attempt(migration, 'down');
    if (down) return [problem('down-throws', down)];
    const undone = before.differencesTo(await this.look()).filter((line) => !EXTENSION.test(line));
    const upAgain = await this.attempt(migration, 'up');
    const problems = undone.length === 0 ? [] : [howDownDiffers(before, after, undone)];
    if (upAgain) return [...problems, problem('up-again-throws', upAgain)];
    const again = after.differencesTo(await this.look());
    if (again.length === 0) return problems;
    return [...problems, problem('up-again-differs', 'a second up makes another schema', again)];
  }

  private async attempt(migration: Migration, direction: Direction): Promise<string | undefined> {
    try {
      await this.shadow.replay([migration], direction);
      return undefined;
    } catch (error) {
      const { cause } = error as Error;
      return cause instanceof Error ? cause.message : String(error);
    }
  }

  private async look(): Promise<SchemaSnapshot> {
    return (await SchemaSnapshot.read(this.shadow.ask)).withoutPositions();
  }
}

function isMissing({ instance }: Migration): boolean {
  return typeof instance?.down !== 'function';
}

function howDownDiffers(
  before: SchemaSnapshot,
  after: SchemaSnapshot,
  undone: readonly string[],
): TrialProblem {
  const made = before.differencesTo(after);
  const undoesNothing =
    undone.length === made.length && made.every((line) => undone.includes(line));
  return undoesNothing
    ? problem('down-missing', 'its down undoes nothing', undone)
    : problem('down-differs', 'its down does not bring back what was there before', undone);
}

function problem(
  kind: TrialProblemKind,
  said: string,
  differences: readonly string[] = [],
): TrialProblem {
  return { kind, said, differences };
}

function refuseUnknown(names: readonly string[], migrations: readonly Migration[]): void {
  const unknown = names.filter((name) => !migrations.some((one) => one.name === name));
  if (unknown.length === 0) return;
  throw new InvalidInputError({
    problem: `There is no migration named ${unknown.join(', ')}`,
    mend: 'Write the name of its class, with the timestamp',
  });
}
