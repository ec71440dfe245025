import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";
import { getPart } from "../parts/index.ts";

/**
 * Ends a run with the tests that were skipped for want of a part, how to get each such part, and last of all one
 * plain line, `N passed, N failed` or `N passed, N failed, N skipped`, for whatever program reads along.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number =>
      tests.filter((test) => test.result().state === state).length;
    // A file that could not be loaded, a failed hook or a stray rejection fails the run without failing a test.
    const failed = count("failed") + modules.filter(failsByItself).length + unhandled.length;
    const skipped = tests.length - count("passed") - count("failed");
    const numbers = [`${count("passed")} passed`, `${failed} failed`];
    if (skipped > 0) {
      numbers.push(`${skipped} skipped`);
    }
    process.stdout.write(`${["", ...missingParts(tests), numbers.join(", ")].join("\n")}\n`);
  }
}

/** Tells whether a file failed although none of its tests did. */
function failsByItself(module: TestModule): boolean {
  return module.state() === "failed" && [...module.children.allTests("failed")].length === 0;
}

function missingParts(tests: readonly TestCase[]): string[] {
  const skips = tests
    .filter((test) => test.result().state === "skipped")
    .flatMap((test) => (test.meta().missingParts ?? []).map((part) => ({ part, test })));
  return [...Map.groupBy(skips, ({ part }) => part)].flatMap(([part, missed]) => [
    `${part} is missing; to get it: ${getPart(part).howToGet}. Skipped without it:`,
    ...missed.map(({ test }) => `  ${test.module.relativeModuleId}: ${test.fullName}`),
    "",
  ]);
}
