import base from './jest.config.js';

/** The bars that need minutes: `npm run prove`. */
const medium = base.projects.find((project) => project.displayName === 'medium');

export default {
  projects: [
    {
      ...medium,
      displayName: 'prove',
      testRegex: 'test/prove/.*\\.prove\\.ts$',
      roots: ['<rootDir>/test/prove', '<rootDir>/src'],
    },
  ],
  maxWorkers: 1,
  testTimeout: 600_000,
};
