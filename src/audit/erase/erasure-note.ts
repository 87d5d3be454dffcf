/** The action of the note that tells which values were erased, by whom and why. */
export const ERASED = 'audit.erase';
