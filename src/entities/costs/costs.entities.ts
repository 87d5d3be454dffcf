export const COSTS_ENTITIES: readonly Function[] = [];
