export const CONVERSATIONS_ENTITIES: readonly Function[] = [];
