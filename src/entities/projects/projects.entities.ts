export const PROJECTS_ENTITIES: readonly Function[] = [];
