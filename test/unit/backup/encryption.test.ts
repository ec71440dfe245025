import { mkdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  createArchiveAudit,
  decryptStream,
  isOpenPgp,
  readArchive,
} from "../../../lib/archive/index.ts";
import { type CreateArchiveOptions, createArchive } from "../../../lib/backup/index.ts";
import { createBackupId, Secret } from "../../../lib/base/index.ts";
import { backupKeys } from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { readAll } from "../../helpers/chunks.ts";
import { captureOptions, plainInstallation } from "../../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, tree, writeTree } from "../../helpers/tree.ts";

const passphrases = [new Secret("correct horse")];

async function prepare(): Promise<TempDir> {
  const base = await tempDir();
  mkdirSync(base.join("tmp"));
  const workspace = dir({
    "MEMORY.md": file("remember"),
    big: file(Buffer.alloc(3_000_000, "ab")),
  });
  writeTree(base.join("state"), tree({ "openclaw.json": file("{}"), workspace }));
  return base;
}

function options(base: TempDir, storage: MemoryStorage): CreateArchiveOptions {
  const now = new Date("2026-11-21T03:00:00Z");
  return {
    id: createBackupId(now),
    instance: "agent-1",
    now,
    destination: { type: "storage", id: "memory", storage },
    capture: captureOptions(plainInstallation(base.join("state")), base.join("tmp")),
    openclaw: { version: "2026.9.6", schemaVersions: {} },
    host: { name: "box", platform: "linux", nodeVersion: "v24.21.0" },
    clawbackVersion: "0.1.0",
  };
}

test("an encrypted backup has neither archive nor file list readable, and both come back with the passphrase", async () => {
  await using base = await prepare();
  await using storage = new MemoryStorage();
  const made = { ...options(base, storage), encryption: { passphrases, publicKeys: [] } };
  const report = await createArchive(made);
  expect(report).toMatchObject({ encrypted: true, files: 3 });
  const keys = backupKeys("agent-1", made.id);
  const sealed = await storage.get(keys.encryptedArchive, 1e8);
  const sealedList = await storage.get(keys.encryptedFileList, 1e8);
  expect([isOpenPgp(sealed.subarray(0, 32)), isOpenPgp(sealedList.subarray(0, 32))]).toEqual([
    true,
    true,
  ]);
  expect(sealed.length).toBe(report.storedBytes);

  const open = (key: string) =>
    decryptStream(storage.getStream(key), { passphrases, privateKeys: [] });
  const list = gunzipSync(await readAll(open(keys.encryptedFileList))).toString();
  expect(list).toContain("MEMORY.md");
  const audit = createArchiveAudit();
  const reader = readArchive(open(keys.encryptedArchive));
  for await (const entry of reader) for await (const _ of audit.watch(entry).body);
  expect(audit.findings(reader.contents())).toEqual([]);
});

test("an encryption that names nobody is none", async () => {
  await using base = await prepare();
  await using storage = new MemoryStorage();
  const made = { ...options(base, storage), encryption: { passphrases: [], publicKeys: [] } };
  expect(await createArchive(made)).toMatchObject({ encrypted: false });
  expect(await storage.find(backupKeys("agent-1", made.id).archive)).toBeDefined();
});

test("a public key that cannot be used fails before anything is stored", async () => {
  await using base = await prepare();
  await using storage = new MemoryStorage();
  const encryption = { passphrases: [], publicKeys: [Buffer.from("not a key")] };
  const made = { ...options(base, storage), encryption };
  await expect(createArchive(made)).rejects.toMatchObject({ code: "invalid-argument" });
  expect(await storage.find(backupKeys("agent-1", made.id).encryptedArchive)).toBeUndefined();
});
