import { UsageError } from '../../errors/usage.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { CommandContext } from '../command.js';

/** Works on the log of a database as it stands: a command about the log migrates nothing. */
export async function visitLog<T>(
  { dataSource }: CommandContext,
  work: (source: RowguardDataSource) => Promise<T>,
): Promise<T> {
  const source = await dataSource();
  return source.visit('the audit log on the command line', async () => {
    const [log] = await source.query<{ place: string | null }[]>(
      `SELECT to_regclass('audit_logs')::text AS place`,
    );
    if (!log?.place) {
      throw new UsageError({
        problem: 'The database has no audit log',
        mend: 'Check which database it is; the log comes with the migrations, see migration:run',
      });
    }
    return work(source);
  });
}
