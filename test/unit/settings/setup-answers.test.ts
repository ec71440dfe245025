import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  checkSetupAnswers,
  loadSetupAnswers,
  parseSetupAnswers,
  saveSetupAnswers,
  setupAnswersJsonSchema,
} from "../../../lib/settings/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const S3 = { version: 1, storage: { type: "s3", region: "eu-central-1" } };

test.each([
  ["no version", { storage: S3.storage }, /version: it is missing/],
  ["no storage", { version: 1 }, /storage: it is missing/],
  ["another kind", { version: 1, storage: { type: "ftp" } }, /storage/],
  ["a misspelt field", { ...S3, instanse: "a" }, /"instanse".* not known/],
  [
    "a misspelt field of the storage",
    { ...S3, storage: { ...S3.storage, buckett: "b" } },
    /"buckett"/,
  ],
  ["a name that means all", { ...S3, instance: "all" }, /every instance/],
  ["a name with a slash", { ...S3, instance: "a/b" }, /letters, digits/],
  ["a level that is none", { ...S3, storage: { ...S3.storage, level: "none" } }, /storage\.level/],
  ["a trust", { ...S3, storage: { ...S3.storage, trust: "everybody" } }, /storage\.trust/],
  ["a relative path", { version: 1, storage: { type: "directory", path: "x" } }, /absolute path/],
  ["an endpoint", { ...S3, storage: { ...S3.storage, endpoint: "ftp://x" } }, /http or https/],
  ["AWS's own alias", { ...S3, storage: { ...S3.storage, keyAlias: "alias/aws/s3" } }, /AWS's own/],
  [
    "half a key",
    { ...S3, storage: { ...S3.storage, accessKeyId: "AK" } },
    /secretAccessKeyFile is missing/,
  ],
  [
    "half an administrator",
    { ...S3, administrator: { secretAccessKeyFile: "/x" } },
    /accessKeyId is missing/,
  ],
  ["a frequency", { ...S3, snapshots: "yearly" }, /snapshots/],
  ["a role", { ...S3, agentRole: "boss" }, /agentRole/],
  ["a retention that is none", { ...S3, retention: { archives: { lst: 3 } } }, /retention/],
])("%s is refused with its reason", (_title, value, reason) => {
  expect(() => checkSetupAnswers(value, "the answers")).toThrow(reason);
});

test("a newer version is refused, and what is no JSON is shown where it breaks", () => {
  expect(() => checkSetupAnswers({ ...S3, version: 2 }, "the answers")).toThrow(/version 2/);
  expect(() => parseSetupAnswers('{"version": 1,}', "the answers")).toThrow(/line 1, column 15/);
});

test("answers are kept in the home as they were, for this user only", async () => {
  await using home = await tempDir();
  expect(loadSetupAnswers(home.path)).toBeUndefined();
  const answers = checkSetupAnswers(
    { ...S3, instance: "agent", agentRole: "manager", retention: { archives: "keep-30" } },
    "the answers",
  );
  await saveSetupAnswers(home.path, answers);
  expect(loadSetupAnswers(home.path)).toEqual(answers);
});

test("the published schema is that of the reader", async () => {
  const published = await readFile("config/setup-answers.schema.json", "utf8");
  expect(JSON.parse(published)).toEqual(setupAnswersJsonSchema());
});
