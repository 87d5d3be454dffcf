/** What a binding tells the database. */
export const BINDING_SETTINGS = [
  'rowguard.tenant_id',
  'rowguard.actor_id',
  'rowguard.request_id',
  'rowguard.reason',
  'rowguard.trace',
] as const;

/** Where the seal of a signed binding travels: `tenant.issued.key.process.hash`. */
export const SEAL_SETTING = 'rowguard.seal';

/** In place of a process id, where the client cannot know which one it will be. */
export const ANY_PROCESS = '0';

/** For how long a seal opens transactions; one that runs already is not cut off. */
export const SEAL_SECONDS = 300;

/** Raised by the function of the policies: a tenant that nobody has vouched for. */
export const BINDING_REFUSED = 'RGB01';
