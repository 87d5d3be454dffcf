import { BENTHAM, BENTHAM_LATER } from './capabilities-bentham.js';
import { CODEX, CODEX_LATER } from './capabilities-codex.js';
import { INFRASTRUCTURE, INFRASTRUCTURE_LATER } from './capabilities-infrastructure.js';
import { PENNY, PENNY_LATER } from './capabilities-penny.js';
import { QUETREX, QUETREX_LATER } from './capabilities-quetrex.js';
import type { Capability, LaterCapability } from './capability.js';

/** Every capability of the five descriptions, and the test that shows it. */
export const SHOWN: readonly Capability[] = [
  ...BENTHAM,
  ...QUETREX,
  ...PENNY,
  ...INFRASTRUCTURE,
  ...CODEX,
];

/** What a description offers that belongs to a room that is not built yet. */
export const LATER: readonly LaterCapability[] = [
  ...BENTHAM_LATER,
  ...QUETREX_LATER,
  ...PENNY_LATER,
  ...INFRASTRUCTURE_LATER,
  ...CODEX_LATER,
];
