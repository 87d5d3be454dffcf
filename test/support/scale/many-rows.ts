import type pg from 'pg';

export const TENANTS = 1_000;
export const RESULTS = 1_000_000;
const STUDIES_A_TENANT = 10;
const JOBS_A_STUDY = RESULTS / TENANTS / STUDIES_A_TENANT;

/** Ids that say what they are: kind, then number. */
export function idOf(kind: number, number: number): string {
  const head = kind.toString(16).padStart(8, '0');
  return `${head}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

function id(kind: number, number: string): string {
  return `('${kind.toString(16).padStart(8, '0')}-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
}

const KIND = { tenant: 1, user: 2, study: 3, job: 4, result: 5, cost: 6 } as const;

export const tenantId = (number: number) => idOf(KIND.tenant, number);
export const studyId = (tenant: number, number: number) =>
  idOf(KIND.study, (tenant - 1) * STUDIES_A_TENANT + number);

const STUDIES = TENANTS * STUDIES_A_TENANT;
const STUDY_OF = `((n - 1) / ${JOBS_A_STUDY}) + 1`;
const TENANT_OF_STUDY = (study: string) => `((${study}) - 1) / ${STUDIES_A_TENANT} + 1`;

const STATEMENTS = [
  `insert into tenants (id, name, slug) select ${id(1, 'n')}, 'Tenant ' || n, 'tenant-' || n from generate_series(1, ${TENANTS}) n`,
  `insert into users (id, name, email) select ${id(2, 'n')}, 'User ' || n, 'user' || n || '@example.com' from generate_series(1, ${TENANTS}) n`,
  `insert into memberships (tenant_id, id) select ${id(1, 'n')}, ${id(2, 'n')} from generate_series(1, ${TENANTS}) n`,
  `insert into studies (tenant_id, id, name, state) select ${id(1, TENANT_OF_STUDY('n'))}, ${id(3, 'n')}, 'Study ' || n, 'running' from generate_series(1, ${STUDIES}) n`,
  `insert into jobs (tenant_id, id, study_id, manifest_key, status, position)
     select ${id(1, TENANT_OF_STUDY(STUDY_OF))}, ${id(4, 'n')}, ${id(3, STUDY_OF)}, 'key-' || n,
       case when n % 5 = 0 then 'pending' else 'completed' end, n % ${JOBS_A_STUDY} from generate_series(1, ${RESULTS}) n`,
  `insert into results (tenant_id, id, study_id, job_id, surface_id, status, latency_ms)
     select ${id(1, TENANT_OF_STUDY(STUDY_OF))}, ${id(5, 'n')}, ${id(3, STUDY_OF)}, ${id(4, 'n')}, 'surface-' || n % 4,
       case when n % 10 = 0 then 'failed' else 'succeeded' end, (n::bigint * 7919) % 5000 from generate_series(1, ${RESULTS}) n`,
  `insert into cost_records (tenant_id, id, study_id, job_id, amount, model, provider)
     select ${id(1, TENANT_OF_STUDY(STUDY_OF))}, ${id(6, 'n')}, ${id(3, STUDY_OF)}, ${id(4, 'n')}, 0.01, 'model', 'provider'
     from generate_series(1, ${RESULTS}, 10) n`,
];

/** A million results of a thousand tenants, past the references, which hold by construction. */
export async function fillWithManyRows(client: pg.Client): Promise<void> {
  await client.query('set session_replication_role = replica');
  for (const statement of STATEMENTS) await client.query(statement);
  await client.query('set session_replication_role = origin');
  await client.query('analyze');
}
