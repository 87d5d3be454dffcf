import type { EntityMetadata } from 'typeorm';
import { runAsOwner } from '../../context/owner-work.js';
import { ownerSql, schemaGuardOf } from '../../guards-of-source.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import type { Finding } from '../../schema/finding.js';
import { tableOf } from './attacked-row.js';

/** Views on the table, views on those, and tables that refer to it or are parts of it. */
const NEIGHBOURS = `with recursive seen(oid) as (
  select $1::regclass::oid
  union
  select found.oid from seen cross join lateral (
    select r.ev_class as oid from pg_depend d join pg_rewrite r on r.oid = d.objid
    where d.refclassid = 'pg_class'::regclass and d.classid = 'pg_rewrite'::regclass and d.refobjid = seen.oid
    union all select i.inhrelid from pg_inherits i where i.inhparent = seen.oid) as found
), neighbours as (
  select oid from seen union select k.conrelid from pg_constraint k where k.confrelid = $1::regclass
)
select n.nspname || '.' || c.relname as subject from neighbours
join pg_class c using (oid) join pg_namespace n on n.oid = c.relnamespace`;

/** What a neighbour can tell of the rows of the table; its own flaws are found when it is asked for. */
const OPEN_NEIGHBOURS = ['view-invoker', 'materialized-view-open', 'unclassified'];

/** What the database itself lacks, even if nothing has come of it yet. */
export function flawsOf(source: RowguardDataSource, metadata: EntityMetadata): Promise<string[]> {
  return runAsOwner('looking at a table', async () => {
    const run = ownerSql(source);
    const table = tableOf(metadata, source);
    const neighbours = await run<{ subject: string }>(NEIGHBOURS, [table]);
    const subjects = neighbours.map(({ subject }) => subject);
    const own = `${metadata.schema ?? source.schemaName}.${metadata.tableName}`;
    const concerns = ({ subject, rule }: Finding): boolean =>
      subject === own || (subjects.includes(subject) && OPEN_NEIGHBOURS.includes(rule));
    const findings = [
      ...(await schemaGuardOf(source, run, [metadata]).isolation()),
      ...(await schemaGuardOf(source, run).examine()).filter(concerns),
    ];
    const flaws = findings.filter(({ severity }) => severity === 'error');
    return [...new Set(flaws.map((one) => `${one.subject}: ${one.problem}`))];
  });
}
