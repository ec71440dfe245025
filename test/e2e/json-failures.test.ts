import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

let user: TempDir;
let program: Clawback;
const words = (line: string): string[] => line.replaceAll("HOME", user.path).split(" ");

beforeAll(async () => {
  user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 5 });
  program = clawback({ userHome: user.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
  await program.json(["create"]);
  await program.json(["create", "--output", user.join("own.tar.gz")]);
});
afterAll(() => user[Symbol.asyncDispose]());

test.each([
  ["show nothing-like-this", 1, "archive-not-found"],
  ["create --compression-level 12", 2, "invalid-argument"],
  ["restore latest --yes --only nothing", 1, "path-not-found"],
  ["restore latest", 2, "confirmation-required"],
  ["create --output HOME/own.tar.gz", 1, "target-not-empty"],
  ["nonsense", 2, "invalid-argument"],
])("with --json the failure of %j is one object on standard error", async (line, exit, code) => {
  const { code: exitCode, stdout, stderr } = await program.run(...words(line), "--json");
  expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: "" });
  const failure = z.strictObject({
    message_type: z.literal("exit_error"),
    code: z.literal(code),
    message: z.string(),
    hint: z.string().optional(),
  });
  expect(failure.parse(JSON.parse(stderr))).toBeDefined();
});

test("a backup that is not whole ends with 3, and its answer says what is missing", async () => {
  await using other = await tempDir();
  await makeSample(other.join(".openclaw"), { files: 2 });
  const own = clawback({ userHome: other.path, as: "function" });
  await own.json(["init"]);
  // A damaged database that OpenClaw cannot live without.
  const database = other.join(".openclaw", "state", "openclaw.sqlite");
  mkdirSync(other.join(".openclaw", "state"));
  writeFileSync(database, `SQLite format 3\0${"x".repeat(9000)}`);
  const { code, stdout } = await own.run("create", "--json");
  expect(code).toBe(3);
  const report = JSON.parse(stdout);
  expect(report.degraded).toBe(true);
  expect(report.omissions).toMatchObject([{ path: database, reason: "damaged" }]);
});
