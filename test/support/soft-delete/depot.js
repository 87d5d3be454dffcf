import {
  RetentionHold,
  SoftDelete,
  TenantEntity,
  TenantManyToOne,
  createDataSource,
} from 'nestjs-rowguard';
import { Column, Entity, Index } from 'typeorm';

/** Three tables with a million deleted rows: in plain JavaScript, for a process of its own. */
export class Depot extends TenantEntity {}
export class Parcel extends TenantEntity {}
export class Scan extends TenantEntity {}

for (const [entity, name] of [
  [Depot, 'depots'],
  [Parcel, 'parcels'],
  [Scan, 'scans'],
]) {
  Column({ type: 'text' })(entity.prototype, 'text');
  Entity({ name })(entity);
  SoftDelete({ keep: { days: 30 } })(entity);
}
TenantManyToOne(() => Depot, { nullable: false })(Parcel.prototype, 'depot');
TenantManyToOne(() => Parcel, { nullable: false, onDelete: 'CASCADE' })(Scan.prototype, 'parcel');
Index(['tenantId', 'depotId'])(Parcel);
Index(['tenantId', 'parcelId'])(Scan);

export const openDepot = (url) =>
  createDataSource({ url, entities: [Depot, Parcel, Scan, RetentionHold] });

const ID = (kind) => `(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-00000000000${kind}')::uuid`;
const TENANT = `'0190a000-0000-7000-8000-00000000000a'::uuid`;
const OF = (kind, each) => ID(kind).replace('to_hex(i)', `to_hex((i - 1) / ${each} + 1)`);

/**
 * One depot has three parcels, one parcel two scans. Deleted: all but what is told. Of each hundred
 * depots the first has a living scan, the second one deleted yesterday, the third one that is held.
 */
export async function fillDepot(client, depots) {
  const old = `now() - interval '40 days' - (i % 1000) * interval '1 minute'`;
  // The rows fit, and a million checks of their references would take longer than the purge.
  await client.query('SET session_replication_role = replica');
  const rows = async (table, count, columns, values) => {
    await client.query(
      `INSERT INTO ${table} (tenant_id, id, text, deleted_at, delete_batch${columns}) SELECT ${TENANT}, ${values}
       FROM generate_series(1, ${count}) AS i`,
    );
  };
  await rows('depots', depots, '', `${ID(1)}, 'a depot', ${old}, ${ID(9)}`);
  await rows(
    'parcels',
    depots * 3,
    ', depot_id',
    `${ID(2)}, 'a parcel', ${old}, ${ID(9)}, ${OF(1, 3)}`,
  );
  const at = `CASE i % 600 WHEN 1 THEN NULL WHEN 7 THEN now() - interval '1 day' ELSE ${old} END`;
  await rows(
    'scans',
    depots * 6,
    ', parcel_id',
    `${ID(3)}, 'a scan', ${at}, ${ID(9)}, ${OF(2, 2)}`,
  );
  await client.query(
    `INSERT INTO retention_holds (id, tenant_id, table_name, row_id, reason, placed_by)
     SELECT gen_random_uuid(), ${TENANT}, 'scans', id::text, 'case 7', 'prove' FROM scans, generate_series(13, ${depots * 6}, 600) AS i
     WHERE id = ${ID(3)}`,
  );
  await client.query('RESET session_replication_role');
  await client.query('ANALYZE depots, parcels, scans, retention_holds');
}
