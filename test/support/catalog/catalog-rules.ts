import type { CatalogRule } from './catalog-rule.js';
import { COLUMN_RULES } from './column-rules.js';
import { ISOLATION_RULES } from './isolation-rules.js';
import { KEY_RULES } from './key-rules.js';

/** What every table keeps, shipped or not. */
export const CATALOG_RULES: readonly CatalogRule[] = [
  ...KEY_RULES,
  ...ISOLATION_RULES,
  ...COLUMN_RULES,
];
