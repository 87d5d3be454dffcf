import type { RowguardDataSource } from 'nestjs-rowguard';
import type { AuditFindingKind } from 'nestjs-rowguard';

type Run = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** What somebody with all rights of the database does to the log, and what verify has to call it. */
export interface Tampering {
  readonly name: string;
  readonly found: AuditFindingKind;
  /** What else may be said of the same deed. */
  readonly beside?: readonly AuditFindingKind[];
  readonly needsAnchor?: boolean;
  run(log: TamperedLog): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly tx: string;
}

/** The log in the hands of a superuser whose session sets off no triggers. */
export class TamperedLog {
  constructor(
    private readonly source: RowguardDataSource,
    readonly random: () => number,
    private readonly seals: number,
  ) {}

  readonly sql: Run = (sql, values) => this.source.query(sql, values);

  /** Of the sealed rows, any but the last. */
  async row(): Promise<Row> {
    const [one] = await this.rows(1);
    return one as Row;
  }

  rows(count: number): Promise<Row[]> {
    return this.sql<Row>(
      `select id::text as id, tx::text as tx from (select id, tx, row_number() over (order by tx desc, id desc) nr
       from audit_logs where id <= (select max(max_id) from audit_seals)) r where nr > 1 order by md5(id::text || $1) limit ${count}`,
      [String(this.random())],
    );
  }

  /** The number of a seal that is neither the first nor the last. */
  seal(): number {
    return 2 + Math.floor(this.random() * (this.seals - 2));
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.random() * values.length)] as Value;
  }

  update(set: string, { id }: Row): Promise<unknown[]> {
    return this.sql(`update audit_logs set ${set} where id = ${id}`);
  }
}

const EDITS = [
  `diff = jsonb_set(diff, '{name,1}', '"paid"')`,
  `diff = diff - 'name'`,
  `diff = '{}'`,
  `actor_id = 'somebody else'`,
  `actor_type = 'system'`,
  'actor_id = null',
  `request_id = coalesce(request_id, '') || 'x'`,
  `op = 'insert'`,
  `pk = '{"id": "another"}'`,
  `meta = '{"forged": true}'`,
  `tenant_id = gen_random_uuid()`,
  `at = at + interval '1 millisecond'`,
  `source = 'trigger'`,
  `table_name = 'invoices'`,
  `action = ''`,
  `on_behalf_of = 'boss'`,
  `trace_id = ''`,
  `salt = null`,
  `salt = decode('00', 'hex')`,
  `diff_hash = sha256('x'), diff = null, salt = null`,
  `diff_hash = sha256(salt || convert_to(diff::text, 'UTF8')), diff = null, salt = null`,
  `diff = null`,
  `entity = null, table_name = entity`,
];

const COLUMNS =
  'tenant_id, at, tx, id, epoch, actor_type, actor_id, source, op, schema_name, table_name, entity, pk, diff, meta, salt';

const SWAP = (
  columns: string,
) => `with one as (select * from audit_logs where id = $1), two as (select * from audit_logs where id = $2)
  update audit_logs a set ${columns
    .split(', ')
    .map((column) => `${column} = case when a.id = $1 then two.${column} else one.${column} end`)
    .join(', ')} from one, two where a.id in ($1, $2)`;

const SEAL_EDITS = [
  `root = encode(sha256('x'), 'hex')`,
  `hash = encode(sha256('x'), 'hex')`,
  `sig = encode(sha256('x') || sha256('y'), 'base64')`,
  'count = count + 1',
  'total = total - 1',
  'to_id = to_id + 1',
  'min_id = 0',
  'next_tx = next_tx + 5',
  `key_id = 'another'`,
  `created_at = created_at - interval '1 day'`,
  'leaves = set_byte(leaves, 40, (get_byte(leaves, 40) + 1) % 256)',
  'places = set_byte(places, 12, (get_byte(places, 12) + 1) % 128)',
  `leaves = leaves || sha256('x')`,
  'places = null',
  'prev_seal_hash = null',
];

export const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'edit',
    found: 'modified',
    run: async (log) => void (await log.update(log.pick(EDITS), await log.row())),
  },
  {
    name: 'delete',
    found: 'missing',
    run: async (log) =>
      void (await log.sql(`delete from audit_logs where id = ${(await log.row()).id}`)),
  },
  {
    name: 'insert',
    found: 'insertedLate',
    run: async (log) => {
      const id = log.pick(["nextval(pg_get_serial_sequence('audit_logs', 'id'))", '-id', 'id']);
      await log.sql(
        `insert into audit_logs (${COLUMNS}) select ${COLUMNS.replace('id, epoch', `${id}, epoch`)
          .replace('diff,', `'{"name": ["a", "b"]}',`)
          .replace(
            ' at,',
            ` at + interval '3 milliseconds',`,
          )} from audit_logs where id = ${(await log.row()).id}`,
      );
    },
  },
  {
    name: 'insert behind the last row of the newest seal',
    found: 'insertedLate',
    run: async (log) =>
      void (await log.sql(
        `insert into audit_logs (${COLUMNS}) select ${COLUMNS.replace('id, epoch', 'id + 100000, epoch')}
         from audit_logs order by epoch desc, tx desc, id desc limit 1`,
      )),
  },
  {
    name: 'reorder',
    found: 'reordered',
    run: async (log) => {
      const [one, two] = await log.rows(2);
      // It would hold them apart for a moment, where both were written in the same millisecond.
      await log.sql('alter table audit_logs drop constraint pk_audit_logs');
      await log.sql(SWAP(log.pick(['tx, id', 'tx, id, at', 'id'])), [one?.id, two?.id]);
    },
  },
  {
    name: 'swap diff',
    found: 'modified',
    run: async (log) => {
      const [one, two] = await log.rows(2);
      await log.sql(SWAP(log.pick(['diff, salt', 'diff'])), [one?.id, two?.id]);
    },
  },
  {
    name: 'truncate tail',
    found: 'truncated',
    run: async (log) => {
      const count = 1 + Math.floor(log.random() * 30);
      await log.sql(
        `delete from audit_logs where id in (select id from audit_logs order by epoch desc, tx desc, id desc limit ${count})`,
      );
    },
  },
  {
    name: 'truncate',
    found: 'truncated',
    run: async (log) => void (await log.sql('delete from audit_logs')),
  },
  {
    name: 'drop chain',
    found: 'chainBroken',
    run: async (log) => {
      const seal = log.seal();
      const where = log.pick([
        `seq = ${seal}`,
        `seq < ${seal}`,
        `seq in (${seal}, ${seal + 1}, 1)`,
      ]);
      await log.sql(`delete from audit_seals where ${where}`);
    },
  },
  {
    name: 'edit a seal',
    found: 'sealBroken',
    beside: ['chainBroken'],
    run: async (log) =>
      void (await log.sql(
        `update audit_seals set ${log.pick(SEAL_EDITS)} where seq = ${log.seal()}`,
      )),
  },
  {
    name: 'roll back the seals',
    found: 'rolledBack',
    needsAnchor: true,
    run: async (log) => void (await log.sql(`delete from audit_seals where seq >= ${log.seal()}`)),
  },
  {
    name: 'roll back seals and rows',
    found: 'rolledBack',
    needsAnchor: true,
    run: async (log) => {
      const seal = log.seal();
      await log.sql(
        `delete from audit_logs l using audit_seals s where s.seq = ${seal} and (l.tx, l.id) >= (s.from_tx::text::xid8, s.from_id)`,
      );
      await log.sql(`delete from audit_seals where seq >= ${seal}`);
    },
  },
];
