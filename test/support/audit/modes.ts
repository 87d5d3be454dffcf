import type { AuditCapture } from 'nestjs-rowguard';

/** Every way in which changes are captured: each has to reach the same bars. */
export const CAPTURES: readonly AuditCapture[] = ['trigger'];
