import { Migration, type MigrationInterface, type QueryRunner } from 'typeorm';

type Steps = string | readonly string[] | ((runner: QueryRunner) => Promise<unknown>);

let made = 0;

/** A migration out of statements, for tests. */
export function migrationOf(up: Steps, down: Steps = [], transaction?: boolean): Migration {
  const timestamp = 1_900_000_000_000 + ++made;
  const name = `Made${timestamp}`;
  const instance: MigrationInterface = {
    name,
    up: (runner) => perform(runner, up),
    down: (runner) => perform(runner, down),
    ...(transaction === undefined ? {} : { transaction }),
  };
  return new Migration(undefined, timestamp, name, instance);
}

async function perform(runner: QueryRunner, steps: Steps): Promise<void> {
  if (typeof steps === 'function') await steps(runner);
  else for (const step of typeof steps === 'string' ? [steps] : steps) await runner.query(step);
}
