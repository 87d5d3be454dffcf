import { BENTHAM, BENTHAM_LATER } from './capabilities-bentham.js';
import type { Capability, LaterCapability } from './capability.js';

/** Every capability of the five descriptions, and the test that shows it. */
export const SHOWN: readonly Capability[] = [...BENTHAM];

/** What a description offers that belongs to a room that is not built yet. */
export const LATER: readonly LaterCapability[] = [...BENTHAM_LATER];
