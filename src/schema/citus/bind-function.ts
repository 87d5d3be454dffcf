import { BINDING_SETTINGS } from '../../context/binding-terms.js';
import { dollarQuoted } from '../dollar-quoted.js';
import type { Finding } from '../finding.js';
import { type RunSql, quoteName } from '../sql.js';

export const BIND_FUNCTION = 'rowguard_bind';

const PARAMETERS = ['tenant', 'actor', 'request', 'reason', 'trace'];

/** Citus tells the other machines what SET LOCAL has set, if it is asked to; a call of set_config never. */
const PROPAGATION = 'citus.propagate_set_commands=local';

const [TENANT, ...OTHERS] = BINDING_SETTINGS;
const BODY = `
BEGIN
  EXECUTE format('SET LOCAL ${TENANT} = %L', coalesce(tenant, ''));
${OTHERS.map((name, at) => `  PERFORM set_config('${name}', coalesce(${PARAMETERS[at + 1]}, ''), true);`).join('\n')}
END`;

function createBindFunction(schema: string, isCitus: boolean): string {
  const parameters = PARAMETERS.map((name) => `${name} text`).join(', ');
  const setting = isCitus ? ` SET citus.propagate_set_commands = 'local'` : '';
  return `CREATE OR REPLACE FUNCTION ${quoteName(schema)}.${BIND_FUNCTION}(${parameters}) RETURNS void LANGUAGE plpgsql${setting} AS ${dollarQuoted(BODY)}`;
}

interface LiveFunction {
  readonly isCitus: boolean;
  readonly body: string | null;
  readonly settings: readonly string[] | null;
  readonly isDefiner: boolean | null;
}

/** The function that the binding calls; it can do no more than who calls it. */
export async function bindFunctionFindings(run: RunSql, schema: string): Promise<Finding[]> {
  const name = `${quoteName(schema)}.${BIND_FUNCTION}(${PARAMETERS.map(() => 'text').join(',')})`;
  const [live] = await run<LiveFunction>(
    `select exists (select from pg_extension where extname = 'citus') as "isCitus", f.prosrc as body,
       to_jsonb(f.proconfig) as settings, f.prosecdef as "isDefiner"
     from (select to_regprocedure($1) as bind) named left join pg_proc f on f.oid = named.bind`,
    [name],
  );
  const isCitus = live?.isCitus === true;
  const wanted = isCitus ? [PROPAGATION] : [];
  const isRight =
    live?.body === BODY &&
    live.isDefiner === false &&
    (live.settings ?? []).join() === wanted.join();
  if (isRight) return [];
  return [
    {
      rule: 'bind-function',
      severity: 'error',
      subject: `${schema}.${BIND_FUNCTION}`,
      problem: live?.body
        ? 'the function that binds tenants is not the one that was made'
        : 'the function that binds tenants does not exist',
      mend: [createBindFunction(schema, isCitus)],
      advice: undefined,
    },
  ];
}
