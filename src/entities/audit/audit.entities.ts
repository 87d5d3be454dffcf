import { AuditLog } from './audit-log.entity.js';
import { AuditSeal } from './audit-seal.entity.js';

export const AUDIT_ENTITIES: readonly Function[] = [AuditLog, AuditSeal];
