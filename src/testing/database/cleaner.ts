import { runAsOwner } from '../../context/owner-work.js';
import { TestDatabaseError } from '../../errors/test-database.error.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { quoteName } from '../../schema/sql.js';
import { byReference, bypassOf } from './owner-bypass.js';
import {
  MEMORY,
  type Table,
  columnsOf,
  filledTables,
  pathOf,
  writtenTables,
} from './written-tables.js';

interface Remembered extends Table {
  readonly copy: string;
  readonly columns: readonly string[];
}

interface Sequence extends Table {
  readonly last: string;
}

/**
 * Takes out of a database what tests have written: of tables that only the system may change, and
 * of those that nobody may, as well.
 */
export class Cleaner {
  private remembered: readonly Remembered[] | undefined;
  private sequences: readonly Sequence[] = [];
  private isSuperuser = false;

  constructor(private readonly source: RowguardDataSource) {}

  /** What there is now will be there again after each `clear`. */
  remember(): Promise<void> {
    return this.asOwner(async () => {
      const [me] = await this.ask<{ super: boolean }>(
        'select rolsuper as super from pg_roles where rolname = session_user',
      );
      this.isSuperuser = me?.super === true;
      await this.ask(`create schema if not exists ${MEMORY}`);
      const remembered: Remembered[] = [];
      const filled = await filledTables(this.ask);
      await this.pastObstacles(filled, async () => {
        for (const table of await byReference(this.ask, await writtenTables(this.ask))) {
          const copy = `${MEMORY}.t${remembered.length}`;
          await this.ask(`create table ${copy} as table ${pathOf(table)}`);
          remembered.push({ ...table, copy, columns: await columnsOf(this.ask, table) });
        }
      });
      this.remembered = remembered;
      this.sequences = await this.usedSequences();
    });
  }

  async clear(): Promise<void> {
    const { remembered } = this;
    if (!remembered) throw nothingRemembered();
    await this.asOwner(() =>
      this.isSuperuser ? this.clearAsSuperuser(remembered) : this.clearAsOwner(remembered),
    );
  }

  /**
   * One round trip asks which tables hold rows, one more empties them. DELETE, not TRUNCATE: that
   * makes new files for each table and its indexes, which takes longer than a test's few rows.
   */
  private async clearAsSuperuser(remembered: readonly Remembered[]): Promise<void> {
    const written = await writtenTables(this.ask);
    await this.doAll([
      'set local session_replication_role = replica',
      ...written.map((table) => `delete from ${pathOf(table)}`),
      ...remembered.map(refill),
      ...(await this.resets()),
    ]);
  }

  /** TRUNCATE, since DELETE asks the policies, and references in their order. */
  private async clearAsOwner(remembered: readonly Remembered[]): Promise<void> {
    const filled = await filledTables(this.ask);
    const emptying =
      filled.length === 0 ? [] : [`truncate ${filled.map(pathOf).join(', ')} cascade`];
    await this.pastObstacles([...filled, ...remembered], async () =>
      this.doAll([
        ...emptying,
        ...remembered.map(refill),
        'set constraints all immediate',
        ...(await this.resets()),
      ]),
    );
  }

  private async pastObstacles(tables: readonly Table[], work: () => Promise<void>): Promise<void> {
    if (this.isSuperuser) return work();
    const { open, close } = await bypassOf(this.ask, tables);
    await this.doAll(open);
    await work();
    await this.doAll(close);
  }

  private async doAll(steps: readonly string[]): Promise<void> {
    if (steps.length === 0) return;
    await this.ask(`do $rowguard$ begin ${steps.join('; ')}; end $rowguard$`);
  }

  private async asOwner(work: () => Promise<void>): Promise<void> {
    if (this.source.plan.pinned) throw insideTest();
    await runAsOwner('cleaning after a test', () => this.source.transaction(work));
    await this.source.queryResultCache?.clear();
  }

  private usedSequences(): Promise<Sequence[]> {
    return this.ask<Sequence>(
      `select schemaname as schema, sequencename as name, last_value::text as last
       from pg_sequences where last_value is not null`,
    );
  }

  private async resets(): Promise<string[]> {
    return (await this.usedSequences()).map((sequence) => this.reset(sequence));
  }

  private reset(sequence: Sequence): string {
    const path = `'${pathOf(sequence).replaceAll("'", "''")}'::regclass`;
    const before = this.sequences.find(
      ({ schema, name }) => schema === sequence.schema && name === sequence.name,
    );
    return before
      ? `perform setval(${path}, ${before.last}, true)`
      : `perform setval(${path}, (select seqstart from pg_sequence where seqrelid = ${path}), false)`;
  }

  private readonly ask = <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> =>
    this.source.query<Row[]>(sql, parameters);
}

function refill({ copy, columns, ...table }: Remembered): string {
  const list = columns.map(quoteName).join(', ');
  return `insert into ${pathOf(table)} (${list}) overriding system value select ${list} from ${copy}`;
}

function nothingRemembered(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'A test database was to be cleared that has not noted what was in it at the start',
    mend: "Start it with isolation: 'truncate'; with 'rollback' and 'template' nothing has to be cleared",
  });
}

function insideTest(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'The database was to be cleared inside of a test that is rolled back anyway',
    mend: 'Clear it before or after the test, or leave it out',
  });
}
