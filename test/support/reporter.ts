import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Ends the run with the one line that says how many tests passed and failed; a run that proves nothing fails. */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const passed = states.filter((state) => state === "passed").length;
    const skipped = states.filter((state) => state === "skipped").length;
    // A file that could not be loaded, a hook that failed and an unhandled error fail the run though no test did.
    const parts = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = parts.filter((part) => part.errors().length > 0).length;
    const failed = states.filter((state) => state === "failed").length + broken + unhandledErrors.length;
    if (passed + failed === 0 || reason === "interrupted") process.exitCode = 1;
    if (skipped > 0) process.stdout.write(`\n${skipped} skipped\n`);
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
