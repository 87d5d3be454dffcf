type TriggerEvent =
  | 'INSERT'
  | 'UPDATE'
  | 'DELETE'
  | 'TRUNCATE'
  | 'INSERT OR UPDATE'
  | 'UPDATE OR DELETE'
  | 'INSERT OR UPDATE OR DELETE';

/** What is known of a trigger of the shipped schema, for reviewers, tests and documentation. */
export interface TriggerMetadata {
  readonly name: string;
  /** The parent, where a table is partitioned. */
  readonly table: string;
  readonly function: string;
  readonly timing: 'BEFORE' | 'AFTER';
  readonly event: TriggerEvent;
  readonly level: 'ROW' | 'STATEMENT';
  /** What it does, in a sentence. */
  readonly description: string;
  /** Why the database does it, and not the application. */
  readonly businessReason: string;
}

const AUDIT_STAYS = 'What happened is evidence, also against those who may write to the database';

/** Every trigger of the shipped schema, by what it does. */
export const DATABASE_TRIGGERS = {
  unpublish_content_on_org_delete: {
    name: 'trigger_unpublish_on_org_delete',
    table: 'content',
    function: 'unpublish_content_on_org_delete',
    timing: 'BEFORE',
    event: 'UPDATE',
    level: 'ROW',
    description:
      'Content that loses its organization becomes a draft, and loses the time of its publication',
    businessReason:
      'What was published by an organization must not show up on the page of its creator when the organization is gone',
  },
  unpublish_content_on_org_soft_delete: {
    name: 'trigger_unpublish_on_org_soft_delete',
    table: 'organizations',
    function: 'unpublish_content_on_org_soft_delete',
    timing: 'AFTER',
    event: 'UPDATE',
    level: 'ROW',
    description:
      'Published content of an organization becomes a draft when the organization is deleted softly; it stays linked',
    businessReason:
      'A deleted organization has no visitors; if it is restored, somebody decides what is shown again',
  },
  clear_links_on_org_delete: {
    name: 'trigger_clear_links_on_org_delete',
    table: 'organizations',
    function: 'clear_links_on_org_delete',
    timing: 'BEFORE',
    event: 'DELETE',
    level: 'ROW',
    description:
      'Content and media items let go of an organization that is deleted for good; a slug that its creator already uses gets the id appended',
    businessReason:
      'The creators keep their work, and no reference keeps an organization from being deleted',
  },
  refuse_publishing_for_deleted_org: {
    name: 'trigger_refuse_publishing_for_deleted_org',
    table: 'content',
    function: 'refuse_publishing_for_deleted_org',
    timing: 'BEFORE',
    event: 'INSERT OR UPDATE',
    level: 'ROW',
    description: 'Content cannot be published for an organization that is deleted',
    businessReason:
      'Who publishes while somebody else deletes the organization must not leave published content behind',
  },
  start_invoice_as_draft: {
    name: 'trigger_start_invoice_as_draft',
    table: 'invoices',
    function: 'start_invoice_as_draft',
    timing: 'BEFORE',
    event: 'INSERT',
    level: 'ROW',
    description: 'An invoice starts as a draft whose totals are 0',
    businessReason: 'A number is given in one place only, so that there are no gaps',
  },
  settle_invoice: {
    name: 'trigger_settle_invoice',
    table: 'invoices',
    function: 'settle_invoice',
    timing: 'BEFORE',
    event: 'UPDATE',
    level: 'ROW',
    description:
      'A draft is as much as its lines; when it is issued it gets the next number of the tenant, and from then on number, currency and amounts stay',
    businessReason:
      'The tax office asks for invoice numbers without gaps, and for amounts that nobody changed',
  },
  keep_issued_invoice: {
    name: 'trigger_keep_issued_invoice',
    table: 'invoices',
    function: 'keep_issued_invoice',
    timing: 'BEFORE',
    event: 'DELETE',
    level: 'ROW',
    description: 'A tenant cannot delete an issued invoice for good; system work may purge it',
    businessReason: 'A deleted invoice would leave a gap in the numbers',
  },
  lock_lines_of_issued_invoice: {
    name: 'trigger_lock_lines_of_issued_invoice',
    table: 'invoice_line_items',
    function: 'lock_lines_of_issued_invoice',
    timing: 'AFTER',
    event: 'INSERT OR UPDATE OR DELETE',
    level: 'ROW',
    description:
      'Lines of drafts only are added, changed and deleted, and the totals follow; system work may purge all',
    businessReason:
      'What a customer was asked to pay is evidence, whoever holds a connection to the database',
  },
  refuse_change_of_audit_logs: {
    name: 'refuse_change',
    table: 'audit_logs',
    function: 'rowguard_refuse_audit_change',
    timing: 'BEFORE',
    event: 'UPDATE OR DELETE',
    level: 'ROW',
    description:
      'A row of the audit log is neither changed nor deleted; its values alone may be erased; each partition has it too',
    businessReason: AUDIT_STAYS,
  },
  refuse_truncate_of_audit_logs: {
    name: 'refuse_truncate',
    table: 'audit_logs',
    function: 'rowguard_refuse_change',
    timing: 'BEFORE',
    event: 'TRUNCATE',
    level: 'STATEMENT',
    description: 'The audit log is not emptied; each partition has it too',
    businessReason: AUDIT_STAYS,
  },
  refuse_change_of_audit_seals: {
    name: 'refuse_change',
    table: 'audit_seals',
    function: 'rowguard_refuse_change',
    timing: 'BEFORE',
    event: 'UPDATE OR DELETE',
    level: 'ROW',
    description: 'A seal of the audit log is neither changed nor deleted',
    businessReason: AUDIT_STAYS,
  },
  refuse_truncate_of_audit_seals: {
    name: 'refuse_truncate',
    table: 'audit_seals',
    function: 'rowguard_refuse_change',
    timing: 'BEFORE',
    event: 'TRUNCATE',
    level: 'STATEMENT',
    description: 'The seals of the audit log are not emptied',
    businessReason: AUDIT_STAYS,
  },
} as const satisfies Readonly<Record<string, TriggerMetadata>>;

export type DatabaseTriggerName = keyof typeof DATABASE_TRIGGERS;

const BY_NAME: Readonly<Record<string, TriggerMetadata>> = DATABASE_TRIGGERS;

/** By the name it has here, or in the database; undefined if there is none. */
export function getTriggerMetadata(name: DatabaseTriggerName): TriggerMetadata;
export function getTriggerMetadata(name: string): TriggerMetadata | undefined;
export function getTriggerMetadata(name: string): TriggerMetadata | undefined {
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name];
  return Object.values(BY_NAME).find((trigger) => trigger.name === name);
}

export function getTriggersForTable(table: string): TriggerMetadata[] {
  return Object.values(BY_NAME).filter((trigger) => trigger.table === table);
}

/** The names that getTriggerMetadata takes. */
export function getAllTriggerNames(): DatabaseTriggerName[] {
  return Object.keys(DATABASE_TRIGGERS) as DatabaseTriggerName[];
}
