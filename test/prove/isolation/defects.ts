import { DEFECTS_OF_DATABASE } from './defects-of-database.js';
import { DEFECTS_OF_GUARDS } from './defects-of-guards.js';
import { DEFECTS_OF_PREDICATE } from './defects-of-predicate.js';

/** Each takes one closure away. */
export const DEFECTS = [...DEFECTS_OF_DATABASE, ...DEFECTS_OF_PREDICATE, ...DEFECTS_OF_GUARDS];
