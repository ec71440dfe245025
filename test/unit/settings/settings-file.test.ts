import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settingsJsonSchema } from "../../../lib/settings/index.ts";
import { formatSettingsFile, parseSettingsFile } from "../../../lib/settings/settings-file.ts";
import { MINIMAL } from "./homes.ts";

const parse = (file: unknown) => parseSettingsFile(JSON.stringify(file), "/h/settings.json");
const withStorage = (entry: object) => ({ ...MINIMAL, storages: [entry] });
const withRetention = (retention: object) => ({ ...MINIMAL, retention });
const withJobs = (jobs: object) => ({ ...MINIMAL, jobs });
const S3 = { id: "s3", type: "s3", bucket: "backups" };

const FULL = {
  version: 1,
  instance: "box",
  storages: [
    { id: "local", type: "directory", path: "~/backups" },
    {
      ...{
        id: "s3",
        type: "s3",
        preset: "aws",
        bucket: "backups",
        prefix: "a/b",
        region: "eu-central-1",
      },
      ...{
        endpoint: "https://s3.example:9000",
        addressing: "path",
        profile: "p",
        prunerProfile: "q",
        accessKeyId: "AK",
      },
      ...{ sse: "kms", kmsKey: "alias/x", expectedBucketOwner: "123456789012", bandwidth: "10M" },
      plaintext: true,
    },
  ],
  defaultStorage: "s3",
  installation: { stateDir: "/srv/openclaw", profile: "dev", extraPaths: ["~/notes"] },
  compressionLevel: 9,
  recipients: ["/etc/key.asc"],
  retention: {
    archives: "keep-30",
    snapshots: { last: 3, hourly: "all", within: "1y6m", withinDaily: "35d", tags: ["keep"] },
    instances: { other: { archives: { daily: 7 } } },
    timeZone: "Europe/Berlin",
    changesAcceptedAt: "2026-11-21T03:00:00.000Z",
  },
  notify: {
    channels: [
      { id: "ops", type: "webhook", events: ["failure", "stale"] },
      { id: "dead-man", type: "ping" },
      {
        id: "mail",
        type: "email",
        host: "smtp.example",
        port: 587,
        from: "a@b.example",
        to: ["c@d.example"],
      },
      { id: "topic", type: "sns", topicArn: "arn:aws:sns:eu-central-1:123456789012:alerts" },
    ],
  },
  health: { backupWithin: "36h", verifiedWithin: "30d" },
  jobs: {
    snapshot: { at: "*/15 * * * *", storage: "s3" },
    archive: { at: "off" },
    verify: { at: "30 4 * * mon-fri", withinDays: 7 },
    "before-update": { storage: "s3" },
  },
};

test.each([
  ["the least", MINIMAL],
  ["everything", FULL],
  ["a schema reference", { ...MINIMAL, $schema: "settings.schema.json" }],
  ["bytes a second as a number", withStorage({ ...S3, bandwidth: 1_000_000 })],
])("a file with %s reads back as it was written", (_, file) => {
  const text = formatSettingsFile(file as never, "/h/settings.json");
  expect(parseSettingsFile(text, "/h/settings.json")).toEqual(file);
});

test.each<[string, unknown, string, string?]>([
  [
    "a misspelt field",
    { ...MINIMAL, instnace: "x" },
    'field "instnace" is not known',
    '"instance"',
  ],
  [
    "a misspelt field that has to be there",
    { version: 1, instnace: "x", storages: [] },
    'field "instnace" is not known',
    '"instance"',
  ],
  ["a field of another case", { ...MINIMAL, DefaultStorage: "x" }, "not known", '"defaultStorage"'],
  ["a strange field", { ...MINIMAL, quux: 1 }, 'field "quux" is not known', "remove it"],
  [
    "a misspelt storage field",
    withStorage({ ...S3, buckett: 1 }),
    "in storages[0] is not",
    '"bucket"',
  ],
  [
    "a field of another type of storage",
    withStorage({ id: "d", type: "directory", path: "/x", bucket: "b" }),
    '"bucket" in storages[0]',
    "remove it",
  ],
  [
    "a misspelt nested field",
    { ...MINIMAL, installation: { statedir: "/x" } },
    "in installation",
    '"stateDir"',
  ],
  [
    "a prototype key",
    JSON.parse('{"version":1,"instance":"x","storages":[],"__proto__":{}}'),
    '"__proto__" is not known',
  ],
  ["a hostile key", { ...MINIMAL, "a\u001b[2J": 1 }, '"a\\x1b[2J" is not known'],
  ["no version", { instance: "x", storages: [] }, "version: "],
  ["an older version", { ...MINIMAL, version: 0 }, "version: "],
  ["a version in words", { ...MINIMAL, version: "1" }, "version: "],
  ["no instance", { version: 1, storages: [] }, "instance: it is missing"],
  ["a bad instance", { ...MINIMAL, instance: "../x" }, "instance: expected 1 to 64"],
  ["the instance all", { ...MINIMAL, instance: "all" }, '"all" stands for every instance'],
  ["a misspelt rule", withRetention({ archives: { dayly: 7 } }), "in retention", '"daily"'],
  [
    "an unknown preset",
    withRetention({ archives: "keep-31" }),
    "archives: expected one of keep-30",
  ],
  ["a negative rule", withRetention({ archives: { last: -1 } }), "retention.archives"],
  ["a span in words", withRetention({ snapshots: { within: "a month" } }), "retention.snapshots"],
  ["an unknown zone", withRetention({ timeZone: "Mars/Base" }), "retention.timeZone: expected a"],
  ["a limit without a unit", { ...MINIMAL, health: { backupWithin: "2" } }, "health.backupWithin"],
  ["a misspelt limit", { ...MINIMAL, health: { backupwithin: "2d" } }, "health", '"backupWithin"'],
  [
    "a channel of no kind",
    { ...MINIMAL, notify: { channels: [{ id: "x", type: "fax" }] } },
    "notify.channels[0]",
  ],
  [
    "a channel twice",
    {
      ...MINIMAL,
      notify: {
        channels: [
          { id: "x", type: "slack" },
          { id: "x", type: "ping" },
        ],
      },
    },
    "each channel's id once",
  ],
  ["a misspelt job", withJobs({ snapshots: {} }), "in jobs", '"snapshot"'],
  ["a time in words", withJobs({ snapshot: { at: "every hour" } }), "jobs.snapshot.at: expected"],
  ["a time of six fields", withJobs({ archive: { at: "0 0 3 * * *" } }), "jobs.archive.at"],
  ["storages as an object", { ...MINIMAL, storages: {} }, "storages: "],
  ["a storage of no type", withStorage({ id: "x" }), "storages[0].type: "],
  ["a bad storage id", withStorage({ ...S3, id: "a/b" }), "storages[0].id: "],
  [
    "a relative path",
    withStorage({ id: "d", type: "directory", path: "backups" }),
    "storages[0].path: expected an absolute path",
  ],
  ["a bucket with a slash", withStorage({ ...S3, bucket: "a/b" }), "storages[0].bucket: "],
  ["a prefix that climbs", withStorage({ ...S3, prefix: "a/../b" }), "storages[0].prefix: "],
  [
    "a prefix with a slash at its end",
    withStorage({ ...S3, prefix: "a/" }),
    "storages[0].prefix: ",
  ],
  [
    "an endpoint with a password",
    withStorage({ ...S3, endpoint: "https://u:p@x" }),
    "storages[0].endpoint: ",
  ],
  [
    "an endpoint that is none",
    withStorage({ ...S3, endpoint: "file:///x" }),
    "storages[0].endpoint: ",
  ],
  ["a bad bandwidth", withStorage({ ...S3, bandwidth: "fast" }), "storages[0].bandwidth: "],
  [
    "a secret in the file",
    withStorage({ ...S3, secretAccessKey: "x" }),
    '"secretAccessKey" in storages[0]',
  ],
  ["an id twice", { ...MINIMAL, storages: [S3, S3] }, 'storages: id "s3" is used twice'],
  [
    "an unknown default",
    { ...MINIMAL, storages: [S3], defaultStorage: "s4" },
    '"s4" is not configured (there is: s3)',
  ],
  ["a compression level of 10", { ...MINIMAL, compressionLevel: 10 }, "compressionLevel: "],
  ["a compression level of 1.5", { ...MINIMAL, compressionLevel: 1.5 }, "compressionLevel: "],
  ["a list", [], "is not usable: "],
  ["null", null, "is not usable: "],
  ["a number", 5, "is not usable: "],
])("a file with %s is refused", (_, file, message, hint = "") => {
  expect(() => parse(file)).toThrow(
    expect.objectContaining({
      code: "invalid-settings",
      message: expect.stringMatching(/^settings file "\/h\/settings\.json" is not usable: /),
    }),
  );
  expect(() => parse(file)).toThrow(message);
  if (hint !== "")
    expect(() => parse(file)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    );
});

test.each([2, 3, 1.5, 1e9])("version %d is from a newer Clawback", (version) => {
  expect(() => parse({ ...MINIMAL, version, whatever: "new" })).toThrow(
    expect.objectContaining({
      code: "version-too-new",
      message: `settings file "/h/settings.json" has version ${version}, and this Clawback reads version 1`,
      hint: expect.stringContaining("update Clawback"),
    }),
  );
});

test("no flip of a byte is read as other settings without a word or breaks the reader", () => {
  const bytes = Buffer.from(JSON.stringify(FULL));
  for (let index = 0; index < bytes.length; index++) {
    const flipped = Buffer.from(bytes);
    flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 7));
    try {
      parseSettingsFile(flipped.toString(), "/h/settings.json");
    } catch (error) {
      expect(error).toMatchObject({ name: "BackupError" });
    }
  }
});

test("the published schema is that of the reader", async () => {
  const published = await readFile("config/settings.schema.json", "utf8");
  expect(JSON.parse(published)).toEqual(settingsJsonSchema());
});
