/** What the base entities share; the schema and the query builders look these names up. */
export const TENANT_PROPERTY = 'tenantId';
export const TENANT_COLUMN = 'tenant_id';
export const TENANT_SETTING = 'rowguard.tenant_id';

/** The rows that an act of deleting took: what restoring looks for, and few of all. */
export const OF_AN_ACT = '"delete_batch" IS NOT NULL';
export const OF_THE_DELETED = '"deleted_at" IS NOT NULL';

/**
 * The tenant of the statement in hand, for rows that raw SQL inserts. A function, because TypeORM
 * compares defaults as text, and would find a difference in any expression for ever.
 */
export const TENANT_FUNCTION = 'rowguard_tenant_id';
export const TENANT_DEFAULT = `${TENANT_FUNCTION}()`;

/** What a deleted row says of its deletion, and a living row does not. */
export const DELETION_PROPERTIES = [
  'deletedAt',
  'deletedBy',
  'deleteBatch',
  'deleteReason',
] as const;

export const NOT_DELETED: Readonly<Record<(typeof DELETION_PROPERTIES)[number], null>> = {
  deletedAt: null,
  deletedBy: null,
  deleteBatch: null,
  deleteReason: null,
};
