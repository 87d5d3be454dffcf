import type { Defect } from '../../../scripts/mutants.js';
import {
  GUARDS,
  OTHER_HANDS,
  POLICIES,
  PREDICATE,
  defect,
  guard,
  predicate,
  wall,
} from './defect.js';

/** Entities, connections and the reading of statements. */
export const DEFECTS_OF_GUARDS: readonly Defect[] = [
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
