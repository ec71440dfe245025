import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import {
  createBackup,
  type SelectedBackup,
  selectBackup,
  verifyBackup,
} from "../../../lib/app/index.ts";
import type { ProgressEvent } from "../../../lib/base/index.ts";
import { type VerifyReport, verifyArchive } from "../../../lib/verify/index.ts";
import { type TestApp, testApp } from "../../helpers/app.ts";

/** Makes a backup, lets `change` do something to its stored bytes, and verifies what is there then. */
async function verifyChanged(
  world: TestApp,
  change: (bytes: Buffer) => Uint8Array,
  sha256?: "recorded" | "unknown",
): Promise<VerifyReport> {
  const { app } = world;
  await createBackup(app, {});
  const { backup, place }: SelectedBackup = await selectBackup(app, "latest");
  const bytes = change(Buffer.from(await place.storage.get(backup.objectKey, 1 << 30)));
  return await verifyArchive({
    source: {
      label: "the archive",
      backup,
      sizeBytes: bytes.length,
      sha256: sha256 === "unknown" ? undefined : backup.sha256,
      open: async function* () {
        yield bytes;
      },
      fileList: async () => undefined,
    },
    passphrases: [],
    privateKeys: [],
    temporaryDirectory: app.makeTemporaryDirectory(),
  });
}

test("a sound archive has no findings, and everything in it was counted", async () => {
  await using world = await testApp();
  const report = await verifyChanged(world, (bytes) => bytes);
  expect(report).toMatchObject({ ok: true, findings: [] });
  expect(report.checked.databases).toBe(1);
  expect(report.checked.files).toBeGreaterThan(8);
});

test.each([
  ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
  ["cut in the middle", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ["with one bit flipped", (bytes: Buffer) => flip(bytes, bytes.length >> 1)],
  ["with a flipped bit in its last byte", (bytes: Buffer) => flip(bytes, bytes.length - 1)],
  ["empty", () => new Uint8Array(0)],
  ["not an archive at all", () => Buffer.from("hello")],
])("an archive %s is a finding, not an exception", async (_title, change) => {
  await using world = await testApp();
  const report = await verifyChanged(world, change);
  expect(report.ok).toBe(false);
  expect(report.findings.length).toBeGreaterThan(0);
});

test("damage is found without a recorded hash too", async () => {
  await using world = await testApp();
  const report = await verifyChanged(world, (bytes) => flip(bytes, bytes.length >> 1), "unknown");
  expect(report.ok).toBe(false);
});

test("progress tells how much there is, and ends with all of it", async () => {
  const events: ProgressEvent[] = [];
  await using world = await testApp({ onProgress: (event) => events.push(event) });
  const { app } = world;
  const { files, bytes } = await createBackup(app, {});
  events.length = 0;
  await verifyBackup(app, "latest");
  expect(events.at(-1)).toMatchObject({ files, totalFiles: files, totalBytes: bytes });
});

test("a check that cannot go on leaves nothing open", async () => {
  await using world = await testApp();
  const { app } = world;
  await createBackup(app, {});
  const { backup, place } = await selectBackup(app, "latest");
  let isClosed = false;
  async function* open() {
    try {
      yield* place.storage.getStream(backup.objectKey);
    } finally {
      isClosed = true;
    }
  }
  const source = { label: "it", backup, sizeBytes: 1, sha256: undefined, open };
  const control = new AbortController();
  const verifying = verifyArchive({
    source: { ...source, fileList: async () => undefined },
    passphrases: [],
    privateKeys: [],
    temporaryDirectory: app.makeTemporaryDirectory(),
    signal: control.signal,
    onProgress: (event) => {
      if (event.type === "progress") control.abort();
    },
  });
  await expect(verifying).rejects.toMatchObject({ code: "cancelled" });
  expect(isClosed).toBe(true);
});

test("another sound archive in its place is a finding", async () => {
  await using world = await testApp();
  await using other = await testApp({ files: 6 });
  await createBackup(other.app, {});
  const { backup, place } = await selectBackup(other.app, "latest");
  const foreign = await place.storage.get(backup.objectKey, 1 << 30);
  const report = await verifyChanged(world, () => foreign);
  expect(report.findings.map((finding) => finding.code)).toEqual([
    "data-corrupt",
    "manifest-mismatch",
  ]);
});

test("a database that is captured sound stays sound in the archive while it is written to", async () => {
  await using world = await testApp();
  using database = new DatabaseSync(`${world.stateDir}/state.sqlite`);
  database.exec("PRAGMA journal_mode=WAL; INSERT INTO events(body) VALUES ('live')");
  const report = await verifyChanged(world, (bytes) => bytes);
  expect(report).toMatchObject({ ok: true, checked: { databases: 1 } });
});

test("nothing of a verification is left in the home", async () => {
  await using world = await testApp();
  await verifyChanged(world, (bytes) => bytes.subarray(0, 5000));
  const { readdirSync } = await import("node:fs");
  expect(readdirSync(world.app.makeTemporaryDirectory())).toEqual([]);
});

function flip(bytes: Buffer, index: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[index] = (flipped[index] ?? 0) ^ 1;
  return flipped;
}
