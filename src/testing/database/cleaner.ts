import { TestDatabaseError } from '../../errors/test-database.error.js';
import { runAsOwner } from '../../context/owner-work.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { quoteName } from '../../schema/sql.js';

/** Rows that are there from the start are kept here; nobody but the owner may see it. */
const MEMORY = 'rowguard_test_memory';

interface Table {
  readonly schema: string;
  readonly name: string;
}

interface Remembered extends Table {
  readonly copy: string;
  /** Those that are not computed. */
  readonly columns: readonly string[];
}

interface Sequence extends Table {
  readonly last: string;
}

/**
 * Takes out of a database what tests have written: of tables that only the system may change as
 * well, so that it needs a superuser, whom triggers and references do not hold up.
 */
export class Cleaner {
  private remembered: readonly Remembered[] = [];
  private sequences: readonly Sequence[] = [];
  private isReady = false;

  constructor(private readonly source: RowguardDataSource) {}

  /** What there is now will be there again after each `clear`. */
  remember(): Promise<void> {
    return this.asOwner(async () => {
      await this.requireSuperuser();
      await this.run(`create schema if not exists ${MEMORY}`);
      const remembered: Remembered[] = [];
      for (const table of await this.written()) {
        const copy = `${MEMORY}.t${remembered.length}`;
        await this.run(`create table ${copy} as table ${pathOf(table)}`);
        remembered.push({ ...table, copy, columns: await this.columnsOf(table) });
      }
      this.remembered = remembered;
      this.sequences = await this.usedSequences();
      this.isReady = true;
    });
  }

  /**
   * One round trip asks which tables hold rows, one more empties them. DELETE, not TRUNCATE: that
   * makes new files for each table and its indexes, which takes longer than a test's few rows.
   */
  clear(): Promise<void> {
    return this.asOwner(async () => {
      if (!this.isReady) await this.requireSuperuser();
      const written = await this.written();
      const used = await this.usedSequences();
      const steps = [
        ...written.map((table) => `delete from ${pathOf(table)}`),
        ...this.remembered.map(refill),
        ...used.map((sequence) => this.reset(sequence)),
      ];
      if (steps.length === 0) return;
      await this.run(
        `do $rowguard$ begin set local session_replication_role = replica; ${steps.join('; ')}; end $rowguard$`,
      );
    });
  }

  private async asOwner(work: () => Promise<void>): Promise<void> {
    if (this.source.plan.pinned) throw insideTest();
    await runAsOwner('cleaning after a test', () => this.source.transaction(work));
    await this.source.queryResultCache?.clear();
  }

  /** Tables with rows. Their files tell which could have some; only those are looked into. */
  private async written(): Promise<Table[]> {
    const candidates = await this.run<Table>(
      `select n.nspname as schema, c.relname as name from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence <> 't' and pg_relation_size(c.oid) > 0
         and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', '${MEMORY}')
       order by 1, 2`,
    );
    if (candidates.length === 0) return [];
    const probes = candidates.map(
      (table, at) => `select ${at} as at where exists (select from ${pathOf(table)})`,
    );
    const found = await this.run<{ at: number }>(probes.join(' union all '));
    return found.map(({ at }) => candidates[at] as Table);
  }

  private async columnsOf({ schema, name }: Table): Promise<string[]> {
    const rows = await this.run<{ name: string }>(
      `select attname as name from pg_attribute
       where attrelid = format('%I.%I', $1::text, $2::text)::regclass
         and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
      [schema, name],
    );
    return rows.map((row) => row.name);
  }

  private usedSequences(): Promise<Sequence[]> {
    return this.run<Sequence>(
      `select schemaname as schema, sequencename as name, last_value::text as last
       from pg_sequences where last_value is not null`,
    );
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

  private async requireSuperuser(): Promise<void> {
    const [me] = await this.run<{ super: boolean }>(
      'select rolsuper as super from pg_roles where rolname = session_user',
    );
    if (me?.super === true) return;
    throw new TestDatabaseError({
      problem: 'The login may not take out what its tests have written: it is no superuser',
      mend: "Give a url with a superuser of a server for tests, or use isolation: 'rollback' or 'template'",
    });
  }

  private run<Row>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.source.query<Row[]>(sql, parameters);
  }
}

function refill({ copy, columns, ...table }: Remembered): string {
  const list = columns.map(quoteName).join(', ');
  return `insert into ${pathOf(table)} (${list}) overriding system value select ${list} from ${copy}`;
}

function pathOf({ schema, name }: Table): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

function insideTest(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'The database was to be cleared inside of a test that is rolled back anyway',
    mend: 'Clear it before or after the test, or leave it out',
  });
}
