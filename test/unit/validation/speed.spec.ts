import { describe, expect, it } from '@jest/globals';
import { Column, DataSource, Entity, type EntityMetadata } from 'typeorm';
import { RowguardNamingStrategy, TenantEntity } from 'nestjs-rowguard';
import { ChoiceColumn } from '../../../src/entities/columns/choice.column.js';
import { MoneyColumn } from '../../../src/entities/columns/money.column.js';
import { CountColumn } from '../../../src/entities/columns/number.column.js';
import { TextColumn } from '../../../src/entities/columns/text.column.js';
import { checkNewRows } from '../../../src/validation/row-check.js';

const ROWS = 10_000;
const MOST_MS = 1_000;

/** Ten rules. */
@Entity()
class Ruled extends TenantEntity {
  @TextColumn() name!: string;
  @TextColumn({ format: 'email' }) email!: string;
  @ChoiceColumn(['open', 'closed']) state!: string;
  @MoneyColumn() price!: string;
  @CountColumn() count!: number;
}

@Entity()
class Unruled extends TenantEntity {
  @Column({ type: 'text' }) name!: string;
  @Column({ type: 'text', nullable: true }) note!: string | null;
}

describe('checking 10,000 new rows', () => {
  it('takes well under a second with ten rules', async () => {
    const metadata = await metadataOf(Ruled);
    const rows = Array.from({ length: ROWS }, (_, at) => ({
      name: `name ${at}`,
      email: `name${at}@example.com`,
      state: 'open',
      price: '12.50',
      count: at,
    }));

    expect(millisecondsOf(() => checkNewRows(metadata, rows))).toBeLessThan(MOST_MS);
  });

  it('takes next to nothing where the entity has no rules', async () => {
    const metadata = await metadataOf(Unruled);
    const rows = Array.from({ length: ROWS }, (_, at) => ({ name: `name ${at}` }));

    expect(millisecondsOf(() => checkNewRows(metadata, rows))).toBeLessThan(MOST_MS / 10);
  });

  it('reports the first hundred bad fields of all rows, and how many there are', async () => {
    const metadata = await metadataOf(Unruled);
    const rows = Array.from({ length: ROWS }, () => ({}));

    const error = errorOf(() => checkNewRows(metadata, rows));

    expect(error.count).toBe(ROWS);
    expect(error.fields).toHaveLength(100);
    expect(error.fields[99]).toEqual({ row: 99, field: 'name', problems: ['name is required'] });
    expect(error.message.length).toBeLessThan(400);
  });
});

function millisecondsOf(work: () => void): number {
  // Of the processor and not of the clock: other tests run at the same time.
  const start = process.cpuUsage();
  work();
  const took = process.cpuUsage(start).user / 1_000;
  if (process.env['ROWGUARD_TELL_TIMES']) process.stdout.write(`${took.toFixed(1)} ms\n`);
  return took;
}

function errorOf(work: () => void): Error & { count: number; fields: readonly unknown[] } {
  try {
    work();
  } catch (error) {
    return error as ReturnType<typeof errorOf>;
  }
  throw new Error('An error was expected, and there was none');
}

async function metadataOf(entity: Function): Promise<EntityMetadata> {
  const source = new DataSource({
    type: 'postgres',
    entities: [entity],
    namingStrategy: new RowguardNamingStrategy(),
  });
  await (source as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return source.getMetadata(entity);
}
