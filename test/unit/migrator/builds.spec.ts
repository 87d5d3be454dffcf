import { describe, expect, it } from '@jest/globals';
import { createDataSource } from 'nestjs-rowguard';
import { Migration } from 'typeorm';
import { readMigrations } from '../../../src/migrator/recording/read-migrations.js';
import { BUILDS, loaded } from '../../support/migration-builds.js';
import { migration } from '../../support/migrating.js';

const source = createDataSource({ url: 'postgresql://nobody@nowhere.example/none' });
const read = async (instance: object) => {
  const one = new Migration(undefined, 1, 'AddOrders1700000000000', instance as never);
  const [answer] = await readMigrations(source, [one]);
  if (!answer) throw new Error('Nothing was read');
  return answer;
};

describe('a migration that is read', () => {
  it.each(BUILDS)('has the same checksum from %s', async (_, code) => {
    const [, first] = BUILDS[0] ?? [];
    const [one, other] = [await read(loaded(code())), await read(loaded(first?.() ?? ''))];

    expect(one.recorded.stoppedBy).toBeUndefined();
    expect(one.recorded.statements).toHaveLength(3);
    expect(one.checksum).toBe(other.checksum);
  });

  it('has no checksum where it sends something else each time', async () => {
    const random = migration('X1700000000000', {
      get up() {
        return `select '${Math.random()}'`;
      },
    });
    const clock = migration('X1700000000000', {
      get up() {
        return `select '${new Date().toISOString()}'`;
      },
    });

    expect((await read(new random())).checksum).toBeNull();
    expect((await read(new clock())).checksum).toBeNull();
  });

  it('sends nothing, whatever way to the database it takes', async () => {
    const reached = {
      up: async (runner: never) => {
        const { dataSource, manager } = runner as {
          dataSource: typeof source;
          manager: { query(sql: string): Promise<unknown> };
        };
        await dataSource.query('select 1');
        await dataSource.createQueryRunner().query('select 2');
        await dataSource.manager.query('select 3');
        await manager.query('select 4');
      },
      down: () => Promise.resolve(),
    };

    const { recorded } = await read(reached);

    expect(recorded.stoppedBy).toBeUndefined();
    expect(recorded.statements.map(({ sql }) => sql)).toEqual(
      [1, 2, 3, 4].map((n) => `select ${n}`),
    );
  });
});
