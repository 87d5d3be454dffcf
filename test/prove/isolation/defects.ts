import type { Defect } from '../../../scripts/mutants.js';

const POLICIES = 'isolation/policies-alone';
const PREDICATE = 'isolation/predicate-alone';
const GUARDS = 'isolation/guards';
const guard = (test: string) => `the guards between context, entity and connection ${test}`;
const wall = (test: string) => `row-level security ${test}`;
const predicate = (test: string) => `the predicate alone ${test}`;

function defect(
  name: string,
  file: string,
  test: string,
  ...edits: readonly (readonly [file: string, find: string, replace: string])[]
): Defect {
  return {
    name,
    file,
    test,
    edits: edits.map(([path, find, replace]) => ({ file: `src/${path}`, find, replace })),
  };
}

const SHOWS_OWN = wall('shows a tenant its own rows and no others');
const OTHER_HANDS = guard('refuse a runner in the hands of another tenant');
const CONFINED_WHERE =
  /* the line all builders share */ 'return confineWhere(this, source, super.createWhereExpression());';
const NOT_CONFINED = 'return super.createWhereExpression();';

/** Each takes one closure away. */
export const DEFECTS: readonly Defect[] = [
  defect('the permissive policy is dropped', POLICIES, SHOWS_OWN, [
    'schema/policies.ts',
    "policy(plan, 'tenant_isolation', true, APP_ROLE, OWN_TENANT),",
    '',
  ]),
  defect(
    'the restrictive policy is dropped',
    POLICIES,
    wall('is not opened by a policy that somebody adds'),
    ['schema/policies.ts', "policy(plan, 'tenant_guard', false, APP_ROLE, OWN_TENANT),", ''],
  ),
  defect(
    'row-level security is not forced',
    POLICIES,
    wall('holds for the owner of the tables as well'),
    ['schema/policies.ts', '`ALTER TABLE ${qualified(plan)} FORCE ROW LEVEL SECURITY`,', ''],
    ['schema/isolation-findings.ts', '!live.rowSecurity || !live.forced', '!live.rowSecurity'],
  ),
  defect(
    'the policies check nothing that is written',
    POLICIES,
    wall('lets no row be written for another tenant'),
    ['schema/policies.ts', 'WITH CHECK (${one.predicate})', 'WITH CHECK (true)'],
    ['schema/isolation-findings.ts', 'sameExpression(found.check, one.predicate)', 'true'],
  ),
  defect('a superuser works without the role of the tenants', POLICIES, SHOWS_OWN, [
    'database-preparation.ts',
    'plan.setsAppRole = needsRole(facts);',
    'plan.setsAppRole = false;',
  ]),
  defect(
    'the settings last for the session',
    GUARDS,
    guard('keep nothing of a tenant on the connection'),
    ['connection/binding.ts', '$${at + 1},true)', '$${at + 1},false)'],
  ),
  defect(
    'an empty setting is read as a tenant',
    POLICIES,
    wall('shows nothing without a tenant, on a connection that has had one'),
    [
      'schema/policies.ts',
      "`nullif(current_setting('${TENANT_SETTING}', true), '')::uuid`",
      "`current_setting('${TENANT_SETTING}', true)::uuid`",
    ],
  ),
  defect('nothing is bound', POLICIES, SHOWS_OWN, [
    'connection/tenant-client.ts',
    'preamble: unbound ? undefined : this.plan.binding.preambleFor(scope)',
    'preamble: undefined',
  ]),
  defect(
    'results are cached without the tenant',
    GUARDS,
    guard('keep cached results apart by tenant, under one name as well'),
    [
      'predicate/tenant-query-cache.ts',
      'return key.startsWith(`${owner}|`) ? key : `${owner}|${key}`;',
      'return owner ? key : key;',
    ],
  ),
  defect('selects are not confined', PREDICATE, predicate('confines a select'), [
    'predicate/tenant-select-query-builder.ts',
    'return confineWhere(this, this.source, super.createWhereExpression());',
    NOT_CONFINED,
  ]),
  defect('updates are not confined', PREDICATE, predicate('confines an update'), [
    'predicate/tenant-update-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('deletes are not confined', PREDICATE, predicate('confines a delete'), [
    'predicate/tenant-delete-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('soft deletes are not confined', PREDICATE, predicate('confines a soft delete'), [
    'predicate/tenant-soft-delete-query-builder.ts',
    CONFINED_WHERE,
    NOT_CONFINED,
  ]),
  defect('joins are not confined', PREDICATE, predicate('confines a join'), [
    'predicate/tenant-select-query-builder.ts',
    'return confineJoins(this, this.source, () => super.createJoinExpression());',
    'return super.createJoinExpression();',
  ]),
  defect(
    'only the first table is confined',
    PREDICATE,
    predicate('confines every table after FROM'),
    ['predicate/confine.ts', "one === mainAlias || one.type === 'from'", 'one === mainAlias'],
  ),
  defect('fragments may select', PREDICATE, predicate('refuses a select in a fragment'), [
    'predicate/confine.ts',
    '(source.walls.policies || hasOwnSelectsOnly(',
    '(true || hasOwnSelectsOnly(',
  ]),
  defect(
    'conditions may close their bracket',
    PREDICATE,
    predicate('refuses a condition that closes its bracket'),
    ['predicate/confine.ts', '--depth < 0', '--depth < -99'],
  ),
  defect(
    'references leave the tenant out',
    'entities/references',
    'references between rows of a tenant cannot be made to a row of another tenant, by entity, id or raw SQL',
    [
      'entities/tenant-many-to-one.decorator.ts',
      '{ name: TENANT_COLUMN, referencedColumnName: TENANT_PROPERTY },',
      '',
    ],
  ),
  defect(
    'references without the tenant are accepted',
    GUARDS,
    guard('refuse a reference without the tenant before a statement is sent'),
    [
      'entities/entity-rules.ts',
      "classOf(target) === 'tenant' && !columns.includes(TENANT_COLUMN)",
      'false',
    ],
  ),
  defect(
    'unique keys without the tenant are accepted',
    GUARDS,
    guard('refuse a unique key without the tenant before a statement is sent'),
    ['entities/entity-rules.ts', 'if (unique.includes(TENANT_COLUMN)) continue;', 'continue;'],
  ),
  defect('the tenant is read when the connection is taken', GUARDS, OTHER_HANDS, [
    'connection/tenant-client.ts',
    'const current = currentScope();',
    'const current = (this.unit.scope ??= currentScope());',
  ]),
  defect('nobody compares the tenants of connection and work', GUARDS, OTHER_HANDS, [
    'connection/tenant-client.ts',
    'this.unit.scope && current && !actsForTheSame(this.unit.scope, current)',
    'false',
  ]),
  defect(
    'nobody compares the tenants of statement and work',
    GUARDS,
    guard('refuse a statement that was built for another tenant'),
    ['connection/tenant-client.ts', 'built.tenantId !== scope.tenantId', 'false'],
  ),
  defect(
    'a connection is used after its unit of work',
    GUARDS,
    guard('refuse a connection that was given back'),
    [
      'connection/lease.ts',
      'isOpen ? client.query(...given) : client.refuseClosed(...given)',
      'client.query(...given)',
    ],
    [
      'connection/tenant-client.ts',
      'if (!this.unit) throw closedUnit();',
      'this.unit ??= { scope: undefined };',
    ],
  ),
  defect('set_config is not read', GUARDS, guard('refuse set_config'), [
    'sql/statement-reading.ts',
    'text.matchAll(SET_CONFIG)',
    '[] as RegExpMatchArray[]',
  ]),
  defect(
    'session statements are not refused',
    GUARDS,
    guard('refuse set role'),
    [
      'sql/statement-reading.ts',
      "if (kind === 'other') {",
      "if (kind === 'other') return undefined;\n  if (kind === 'other') {",
    ],
    [
      'sql/statement-reading.ts',
      'if (RESERVED_LOCAL.test(text) || RESERVED_SET.test(text)) {',
      'if (RESERVED_LOCAL.test(text)) {',
    ],
  ),
  defect('several statements travel in one text', GUARDS, guard('refuse two statements'), [
    'connection/bound-query.ts',
    'override requiresPreparation(): boolean {\n    return true;',
    'override requiresPreparation(): boolean {\n    return false;',
  ]),
  defect('temporary tables are let through', GUARDS, guard('refuse a temporary table'), [
    'sql/statement-reading.ts',
    'if (INTO_TEMPORARY.test(statement))',
    'if (false)',
  ]),
  defect(
    'comments do not nest',
    GUARDS,
    guard('read a statement behind nested comments as what it is'),
    [
      'sql/statement-reading.ts',
      'const statement = readSql(text).withoutComments.replace(LEADING_NOISE,',
      'const statement = text.replace(/^(?:\\s+|\\/\\*(?:[^*]|\\*(?!\\/))*\\*\\/)+/,',
    ],
    [
      'sql/statement-reading.ts',
      'CONTROL.test(statement)',
      '/^(?:begin|commit)\\b/i.test(statement)',
    ],
  ),
  defect(
    'control statements are bound',
    GUARDS,
    guard('leave the isolation level of a transaction to the caller'),
    ['connection/tenant-client.ts', "statement.kind === 'control' || (scope", '(scope'],
  ),
  defect(
    'work of the system goes to the connections of the application',
    POLICIES,
    wall('shows the work of the system all tenants'),
    ['connection/tenant-pool.ts', "needsSystem(scope) && this.serves === 'tenants'", 'false'],
  ),
  defect(
    'a foreign tenant is accepted in a new row',
    PREDICATE,
    predicate('refuses a new row of another tenant'),
    ['predicate/tenant-filling.ts', 'else refuseForeignTenant(metadata, given, tenantId);', ''],
  ),
  defect(
    'the tenant of a row can be updated',
    PREDICATE,
    predicate('never moves a row to another tenant'),
    ['entities/tenant.entity.ts', 'update: false,', ''],
    [
      'predicate/tenant-update-query-builder.ts',
      'refuseForeignTenant(metadata, moved, tenantId);',
      '',
    ],
  ),
  defect(
    'shared rows can be written',
    POLICIES,
    wall('does not let tenants truncate, or write what is shared'),
    ['schema/grants.ts', "read: 'SELECT',", "read: 'SELECT, INSERT, UPDATE, DELETE',"],
  ),
  defect(
    'tenants may truncate',
    POLICIES,
    wall('does not let tenants truncate, or write what is shared'),
    [
      'schema/grants.ts',
      "write: 'SELECT, INSERT, UPDATE, DELETE',",
      "write: 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE',",
    ],
  ),
  defect(
    'a superuser is accepted as the login of the application',
    POLICIES,
    wall('refuses a superuser as the login of the application'),
    ['schema/login-findings.ts', 'rules.twoLogins && needsRole(facts)', 'false'],
  ),
  defect(
    'an update of nothing is reported as done',
    GUARDS,
    guard('say so when an entity that is updated was not there'),
    ['predicate/tenant-update-query-builder.ts', 'result.affected === 0', 'false'],
  ),
  defect(
    'an id that is not there is inserted',
    GUARDS,
    guard('do not insert what save() was given by an id that is not there'),
    ['predicate/claimed-ids.ts', 'event.entity && claimed.has(event.entity)', 'false'],
  ),
  defect(
    'repositories keep the runner of whoever asked first',
    GUARDS,
    guard('keep repositories apart from the transaction they were first asked for in'),
    [
      'predicate/tenant-entity-manager.ts',
      'if (this.followsCaller) Object.assign(repository, { queryRunner: undefined });',
      '',
    ],
  ),
];
