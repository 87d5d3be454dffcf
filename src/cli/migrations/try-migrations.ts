import { Logger } from '@nestjs/common';
import { runAsOwner } from '../../context/owner-work.js';
import { partsOf } from '../../domain-catalog.js';
import { MigrationTrial, type TriedMigration } from '../../migrator/shadow/migration-trial.js';
import { migrationsInOrder } from '../../migrator/shadow/migrations-in-order.js';
import { ShadowDatabase } from '../../migrator/shadow/shadow-database.js';
import { partsOutOfReach } from '../../parts-out-of-reach.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

interface TrialWishes {
  readonly url: string | undefined;
  readonly only: readonly string[];
}

/** Parts of the shipped schema whose extension the place of the trial lacks are left out, as at a start. */
export function tryMigrations(
  source: RowguardDataSource,
  { url, only }: TrialWishes,
  onTried: (tried: TriedMigration) => void,
): Promise<TriedMigration[]> {
  return runAsOwner('trying migrations', async () => {
    const shadow = await (url === undefined
      ? ShadowDatabase.open(source)
      : ShadowDatabase.openOnServer(source, url));
    try {
      const parts = partsOf(source.databaseOptions.schema);
      const left = await partsOutOfReach(shadow.source, parts, new Logger('Rowguard'));
      const leftOut = new Set<unknown>(left.flatMap((part) => part.migrations));
      const migrations = migrationsInOrder(source).filter(
        ({ instance }) => !leftOut.has(instance?.constructor),
      );
      return await new MigrationTrial(shadow).run(migrations, only, onTried);
    } finally {
      await shadow.close();
    }
  });
}
