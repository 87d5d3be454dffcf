export const PLATFORM_ENTITIES: readonly Function[] = [];
