export const ARTIFACTS_ENTITIES: readonly Function[] = [];
