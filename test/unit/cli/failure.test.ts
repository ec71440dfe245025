import { expect, test } from "vitest";
import {
  BackupError,
  ERROR_CODES,
  type ErrorCategory,
  type ErrorCode,
} from "../../../lib/base/index.ts";
import { failureAsJson, failureAsText } from "../../../lib/cli/failure.ts";

const categories = new Map<ErrorCategory, ErrorCode>();
for (const [code, { category }] of Object.entries(ERROR_CODES)) {
  if (!categories.has(category)) categories.set(category, code as ErrorCode);
}

test.each([...categories])(
  "a failure of category %s is rendered for people and for programs",
  (_category, code) => {
    const failure = new BackupError(code, "subject: expected this, found that", {
      hint: "do this",
    });
    expect({
      exit: failure.exitCode,
      text: failureAsText(failure, false),
      json: failureAsJson(failure),
    }).toMatchSnapshot();
  },
);

test("a message cannot steer the terminal", () => {
  const failure = new BackupError("internal", "bad \u001b[2J name\nsecond line");
  expect(failureAsText(failure, false)).toContain("clawback: bad \\x1b[2J name second line\n");
});

test("--verbose shows the chain of causes", () => {
  const cause = new Error("socket hang up", { cause: new Error("ECONNRESET") });
  const failure = new BackupError("storage-unavailable", "the service does not answer", { cause });
  expect(failureAsText(failure, true)).toMatch(
    /caused by Error: socket hang up\n {2}caused by Error: ECONNRESET/,
  );
});
