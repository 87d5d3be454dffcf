import { RetentionHold } from './retention-hold.entity.js';

export const RETENTION_ENTITIES: readonly Function[] = [RetentionHold];
