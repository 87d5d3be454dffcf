import { AUDIT_CAPTURES } from '../../../src/entities/audited.decorator.js';

/** Every way in which changes are captured: each has to reach the same bars. */
export const CAPTURES = AUDIT_CAPTURES;
