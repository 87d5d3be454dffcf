import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { CommandContext } from '../command.js';

/** The data source of the application, started as the application itself starts it. */
export async function openLog({ dataSource }: CommandContext): Promise<RowguardDataSource> {
  const source = await dataSource();
  if (!source.isInitialized) await source.initialize();
  return source;
}
