import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CLAWBACK_VERSION } from "../../../lib/base/index.ts";

test("the version in the code is that of package.json", () => {
  expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(CLAWBACK_VERSION);
});
