/** Jest 30 in ESM mode: swc compiles, `npm run typecheck` checks. */
const shared = {
  testEnvironment: '<rootDir>/test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-rowguard$': '<rootDir>/src/index.ts',
    '^nestjs-rowguard/better-auth$': '<rootDir>/src/better-auth/index.ts',
    '^nestjs-rowguard/schema$': '<rootDir>/src/shipped-schema.ts',
    '^nestjs-rowguard/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
};

const project = (name, folder, regex, more = {}) => ({
  ...shared,
  displayName: name,
  roots: [`<rootDir>/test/${folder}`, '<rootDir>/src'],
  testRegex: `test/${folder}/.*${regex}$`,
  ...more,
});

const withServer = {
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
};

export default {
  randomize: true,
  // Every file loads the modules anew, and Node keeps them: a worker that has grown is replaced.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  // A first start of the embedded engine takes seconds, more on a busy machine.
  testTimeout: 30_000,
  projects: [
    project('unit', 'unit', '\\.spec\\.ts'),
    project('medium', 'medium', '\\.medium-spec\\.ts', withServer),
    project('e2e', 'e2e', '\\.e2e-spec\\.ts', withServer),
  ],
};
