import { TestEnvironment } from 'jest-environment-node';

/** Tells the test file whether one of its tests failed, so that its database can be kept. */
export default class FailureAwareEnvironment extends TestEnvironment {
  handleTestEvent(event) {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') {
      this.global.rowguardTestFailed = true;
    }
  }
}
