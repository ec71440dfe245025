import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../../lib/base/index.ts";

const secret = new Secret("hunter2");

test.each<[string, string]>([
  ["a template", `${secret}`],
  ["String()", String(secret)],
  ["JSON", JSON.stringify({ secret, list: [secret] })],
  ["inspect", inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
  ["a format string", format("%s %o %j", secret, secret, secret)],
  ["its keys", Object.entries(secret).join()],
  ["a clone", JSON.stringify(structuredClone({ ...secret }))],
])("%s does not show a secret", (_, text) => {
  expect(text).not.toContain("hunter2");
});

test("a secret is revealed on purpose only", () => {
  expect(secret.reveal()).toBe("hunter2");
  expect(`${secret}`).toBe("[secret]");
});

test("an error that carries a secret does not show it", () => {
  const error = Object.assign(new Error("refused"), { details: { secret } });
  expect(inspect(error)).not.toContain("hunter2");
});
