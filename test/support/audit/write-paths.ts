import { CRITERIA_PATHS } from './criteria-paths.js';
import { ENTITY_PATHS } from './entity-paths.js';
import { RELATION_PATHS, UNDONE_PATHS } from './relation-paths.js';
import { COPY_PATH, UNSEEN_PATHS } from './unseen-paths.js';
import type { WritePath } from './write-path.js';

/** Ways whose rows both writers leave in the log. */
export const SEEN_PATHS: readonly WritePath[] = [
  ...ENTITY_PATHS,
  ...CRITERIA_PATHS,
  ...RELATION_PATHS,
];

/** Every way to write in a place, with what each writer of the log has to make of it. */
export function writePathsOn(where: string): readonly WritePath[] {
  const paths = [...SEEN_PATHS, ...UNSEEN_PATHS, ...UNDONE_PATHS];
  return where === 'the embedded engine' ? paths : [...paths, COPY_PATH];
}
