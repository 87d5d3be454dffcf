import { type DataSource, Migration } from 'typeorm';
import { MigrationHistoryError } from '../../errors/migration-history.error.js';

const TIMESTAMP = /\d{13}$/;

/** The migrations that the code holds, the oldest first. */
export function knownMigrations(source: DataSource): readonly Migration[] {
  const known = source.migrations.map((instance) => {
    const name = instance.name ?? instance.constructor.name;
    const timestamp = TIMESTAMP.exec(name)?.[0];
    if (timestamp === undefined) throw withoutTimestamp(name);
    return new Migration(undefined, Number(timestamp), name, instance);
  });
  const twice = known.find(({ name }, at) => known.findIndex((one) => one.name === name) < at);
  if (twice) throw namedTwice(twice.name);
  return known.toSorted((one, other) => one.timestamp - other.timestamp);
}

function withoutTimestamp(name: string): MigrationHistoryError {
  return new MigrationHistoryError({
    problem: `The migration ${name} has no timestamp`,
    mend: 'End the name of its class with the 13 digits of a JavaScript timestamp, such as AddNotes1767225600000',
    given: { migration: name },
  });
}

function namedTwice(name: string): MigrationHistoryError {
  return new MigrationHistoryError({
    problem: `Two migrations are named ${name}`,
    mend: 'Give each class a name of its own, or leave one of the two files out of the list',
    given: { migration: name },
  });
}
