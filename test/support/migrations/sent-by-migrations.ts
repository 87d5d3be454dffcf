import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RecordingQueryRunner } from '../../../src/migrator/recording/recording-query-runner.js';

export type SentByMigration = readonly [migration: string, sql: string, parameters: string];

type MigrationClass = new () => MigrationInterface;

/** Takes down what migrations send through the runner that they are given, whoever runs them. */
export function listenToMigrations(classes: readonly MigrationClass[]) {
  const sent: SentByMigration[] = [];
  const undo = classes.map((one) => {
    const original = Object.getOwnPropertyDescriptor(one.prototype, 'up') as PropertyDescriptor;
    const up = original.value as MigrationInterface['up'];
    one.prototype.up = function up_(this: MigrationInterface, runner: QueryRunner) {
      // Read beforehand, nothing is sent.
      if (runner instanceof RecordingQueryRunner) return up.call(this, runner);
      const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
      const listening = (...given: unknown[]) => {
        sent.push([one.name, given[0] as string, JSON.stringify(given[1] ?? null)]);
        return query(...given);
      };
      Object.assign(runner, { query: listening });
      return up.call(this, runner).finally(() => Reflect.deleteProperty(runner, 'query'));
    };
    return () => Object.defineProperty(one.prototype, 'up', original);
  });
  return { sent, stop: () => undo.forEach((one) => one()) };
}
