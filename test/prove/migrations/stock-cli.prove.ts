import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { recordBar } from '../../support/bars.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { stockTypeOrm } from '../../support/stock-typeorm.js';

const LONG_MS = 300_000;

describe("TypeORM's own command line", () => {
  it.each(['esm/data-source.js', 'cjs/data-source.cjs'])(
    'does all its work on %s',
    async (file) => {
      const database = await ScratchDatabase.create();
      const folder = mkdtempSync(join(tmpdir(), 'rowguard-stock-'));
      const words = [
        ['migration:show'],
        ['migration:run'],
        ['migration:revert'],
        ['migration:run'],
        ['migration:generate', join(folder, 'AddSubject'), '-o'],
      ];
      const codes: (number | null)[] = [];
      for (const one of words) {
        const path = resolve('test/medium/migrator/fixtures', file);
        const { code } = await stockTypeOrm([...one, '-d', path], { DATABASE_URL: database.url });
        codes.push(code);
      }
      const plain = new DataSource({ type: 'postgres', url: database.url });
      await plain.initialize();
      const history = await plain.query<{ name: string }[]>(
        'select id, timestamp, name from migrations',
      );
      await plain.destroy();
      rmSync(folder, { recursive: true, force: true });
      await database.drop();
      const passed = codes.filter((code) => code === 0).length;
      recordBar({
        bar: `typeorm migration:show, run, revert, run, generate on ${file} (Node ${process.versions.node}): that end well, and lines of the history for TypeORM alone`,
        measured: `${passed}, ${history.length}`,
        target: '5, 2',
        passed: passed === 5 && history.length === 2,
      });
      expect([passed, history.length]).toEqual([5, 2]);
    },
    LONG_MS,
  );
});
