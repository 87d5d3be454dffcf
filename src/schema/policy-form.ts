import { TENANT_SETTING } from '../entities/base-columns.js';
import { quoteName } from './sql.js';

export const BOUND_TENANT = 'rowguard_bound_tenant';

/** How the policies of a database ask for the tenant in hand: an expression for each of the two. */
export interface PolicyForm {
  readonly name: 'plain' | 'signed' | 'distributed';
  /** Of the policy that opens a table to one tenant. */
  readonly opens: string;
  /** Of the policy that closes it to all others, and of views that hold the condition themselves. */
  readonly guards: string;
}

/** `nullif`, because an unset custom setting reads '' on a connection that has used it. */
export const SETTING = `nullif(current_setting('${TENANT_SETTING}', true), '')::uuid`;

/** The sub-select makes PostgreSQL ask once per statement rather than once per row. */
const ONCE = `(SELECT ${SETTING})`;

export const PLAIN_FORM: PolicyForm = { name: 'plain', opens: ONCE, guards: ONCE };

/** Where policies may hold no sub-select. */
export const DISTRIBUTED_FORM: PolicyForm = {
  name: 'distributed',
  opens: SETTING,
  guards: SETTING,
};

/**
 * The guard asks for the tenant that was vouched for, and nothing gets past a guard. What opens the
 * table asks for the plain setting: a second look at the seal would cost each statement as much again.
 */
export function signedForm(schema: string): PolicyForm {
  return {
    name: 'signed',
    opens: ONCE,
    guards: `(SELECT ${quoteName(schema)}.${BOUND_TENANT}())`,
  };
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
