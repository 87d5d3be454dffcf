/** What a binding tells the database, in the order in which it is sealed. */
export const BINDING_SETTINGS = [
  'rowguard.tenant_id',
  'rowguard.actor_id',
  'rowguard.request_id',
  'rowguard.reason',
  'rowguard.trace',
] as const;

/** Where the seal of a signed binding travels: `key.issued.pid.hash`. */
export const SEAL_SETTING = 'rowguard.seal';

/** Stands first in what is hashed, so that no other use of a key makes a seal. */
export const SEAL_WORD = 'rowguard-binding-1';

/** In place of a process id, where the client cannot know which one it will be. */
export const ANY_PROCESS = '0';

/** For how long a seal opens transactions; one that runs already is not cut off. */
export const SEAL_SECONDS = 300;

/** Raised by the function of the policies: a tenant that nobody has vouched for. */
export const BINDING_REFUSED = 'RGB01';
