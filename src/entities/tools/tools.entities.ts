export const TOOLS_ENTITIES: readonly Function[] = [];
