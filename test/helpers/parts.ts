import { beforeAll, describe, type TestContext, type TestOptions, test } from "vitest";
import { isCi } from "../parts/environment.ts";
import { getPart, type PartName, pathOf } from "../parts/index.ts";

/**
 * Returns the path of a part, and where it is missing skips the test that asks: call it first in a test.
 * With `CI=true` a missing part fails the test instead. `root` has the path `/`.
 */
export function requirePart(name: PartName, context: Pick<TestContext, "skip" | "task">): string {
  const part = getPart(name);
  if (part.find() === undefined && !isCi()) {
    context.task.meta.missingParts = [name];
    context.skip(`needs ${name}`);
  }
  return pathOf(part);
}

/** Returns the path of a part. @throws Error that says how to get it, when it is missing. */
export function partPath(name: PartName): string {
  return pathOf(getPart(name));
}

/** Tells whether all these parts are there. */
export function hasParts(...names: PartName[]): boolean {
  return names.every((name) => getPart(name).find() !== undefined);
}

/**
 * `describe` for tests that need parts. Where one is missing, each test in it is skipped by name and its hooks do
 * not run; with `CI=true` each of them fails and says how to get the part.
 *
 * Hooks and tests in it take paths from `partPath`, or use the helpers that do (`startMinio`, …).
 */
export function describeWith(
  parts: PartName | readonly PartName[],
  title: string,
  body: () => void,
): void {
  describe(title, skipping(parts), () => {
    beforeAll(() => assertParts(parts));
    body();
  });
}

/** `test` for a single test that needs parts; otherwise as `describeWith`. */
export function testWith(
  parts: PartName | readonly PartName[],
  title: string,
  body: (context: TestContext) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  test(title, { ...skipping(parts), ...timeout }, (context) => {
    assertParts(parts);
    return body(context);
  });
}

function skipping(parts: PartName | readonly PartName[]): TestOptions {
  const missing = [parts].flat().filter((name) => !hasParts(name));
  return missing.length === 0 || isCi() ? {} : { skip: true, meta: { missingParts: missing } };
}

function assertParts(parts: PartName | readonly PartName[]): void {
  for (const name of [parts].flat()) {
    partPath(name);
  }
}

declare module "vitest" {
  interface TaskMeta {
    /** Why a test was skipped, for the summary at the end of the run. */
    missingParts?: PartName[];
  }
}
