import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ConnectionPlan } from '../connection-plan.js';
import { ReadConnection, type TakePrimary } from './read-connection.js';
import { ReplicaSet, type ReplicationRules } from './replica-set.js';
import { WriteNotes } from './write-notes.js';

interface Replication {
  readonly name: string;
  readonly replicas: readonly string[];
  readonly replication: ReplicationRules;
}

/**
 * Lets TypeORM ask us for the connection of each read. Its own replication picks a replica blindly,
 * and does not start while one of them is down.
 */
export function replicate(
  source: DataSource,
  plan: ConnectionPlan,
  { name, replicas: urls, replication: rules }: Replication,
): ReplicaSet | undefined {
  if (urls.length === 0) return undefined;
  const log = new Logger('Rowguard');
  const set = new ReplicaSet({ name, urls, rules, plan, owner: source, log });
  const driver = source.driver as PostgresDriver;
  const takePrimary = driver.obtainMasterConnection.bind(driver) as unknown as TakePrimary;
  plan.writeNotes = new WriteNotes(source);
  Object.assign(driver, {
    isReplicated: true,
    obtainSlaveConnection: () => {
      const connection = new ReadConnection(set, takePrimary, plan.statements);
      return Promise.resolve([connection, (error?: Error) => connection.end(error)]);
    },
  });
  return set;
}
