export const MEMORY_ENTITIES: readonly Function[] = [];
