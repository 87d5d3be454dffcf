import type { OptionSpecs } from '../option.js';

/** The flags of TypeORM's own command, under the same names. */
export const FILE_OPTIONS = {
  outputJs: { type: 'boolean', short: 'o', summary: 'Write JavaScript instead of TypeScript' },
  esm: { type: 'boolean', summary: 'With --outputJs: as an ES module' },
  timestamp: {
    type: 'string',
    short: 't',
    placeholder: '<ms>',
    summary: 'The 13 digits of the name (default: now)',
  },
} as const satisfies OptionSpecs;
