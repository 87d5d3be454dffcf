import { TENANT_SETTING } from '../entities/base-columns.js';
import { quoteName } from './sql.js';

export const BOUND_TENANT = 'rowguard_bound_tenant';

/** How the policies of a database ask for the tenant in hand. */
export interface PolicyForm {
  readonly name: 'plain' | 'signed' | 'distributed';
  readonly tenant: string;
}

/** `nullif`, because an unset custom setting reads '' on a connection that has used it. */
export const SETTING = `nullif(current_setting('${TENANT_SETTING}', true), '')::uuid`;

/** The sub-select makes PostgreSQL ask once per statement rather than once per row. */
const ONCE = `(SELECT ${SETTING})`;

export const PLAIN_FORM: PolicyForm = { name: 'plain', tenant: ONCE };

/** Where policies may hold no sub-select. */
export const DISTRIBUTED_FORM: PolicyForm = { name: 'distributed', tenant: SETTING };

/**
 * Both ask for the tenant that was vouched for. PostgreSQL drops a condition that is there twice, so
 * that reading asks once; a plain condition beside it would cost more than it adds.
 */
export function signedForm(schema: string): PolicyForm {
  const bound = `(SELECT ${quoteName(schema)}.${BOUND_TENANT}())`;
  return { name: 'signed', tenant: bound };
}

/** The forms that a database may have, and which of them it is to have. */
export interface PolicyForms {
  /** What is made where another is found. */
  readonly made: PolicyForm;
  /** What is left as it is; `made` among them. */
  readonly accepted: readonly PolicyForm[];
  readonly known: readonly PolicyForm[];
}

/** `beside`: another form is as good, while instances of an application change from one to the other. */
export function policyForms(
  schema: string,
  name: PolicyForm['name'],
  beside?: PolicyForm['name'],
): PolicyForms {
  const known = [PLAIN_FORM, signedForm(schema), DISTRIBUTED_FORM];
  const accepted = known.filter((form) => form.name === name || form.name === beside);
  const made = known.find((form) => form.name === name) ?? PLAIN_FORM;
  return { made, accepted, known };
}
