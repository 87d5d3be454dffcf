export const BILLING_ENTITIES: readonly Function[] = [];
