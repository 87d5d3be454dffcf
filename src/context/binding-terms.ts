/** What a binding tells the database. */
export const BINDING_SETTINGS = [
  'rowguard.tenant_id',
  'rowguard.actor_id',
  'rowguard.request_id',
  'rowguard.reason',
  'rowguard.trace',
] as const;

/**
 * Where the seal of a signed binding travels: until when it is good, in seconds since 1970, and the
 * hash over that, the tenant and the process. Those two both sides know.
 */
export const SEAL_SETTING = 'rowguard.seal';

/** Behind the time, where the client cannot know which process it will be. */
export const ANY_PROCESS = '*';

/** For how long a seal opens transactions; one that runs already is not cut off. */
export const SEAL_SECONDS = 60;

/** Raised by the function of the policies: a tenant that nobody has vouched for. */
export const BINDING_REFUSED = 'RGB01';
