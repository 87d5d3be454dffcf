export const CONTENT_ENTITIES: readonly Function[] = [];
