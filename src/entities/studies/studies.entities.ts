export const STUDIES_ENTITIES: readonly Function[] = [];
