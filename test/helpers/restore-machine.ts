import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createArchive } from "../../lib/backup/index.ts";
import { createBackupId, type Secret, systemClock } from "../../lib/base/index.ts";
import { resolveScope, type ScopeChoice } from "../../lib/capture/index.ts";
import { openCatalog } from "../../lib/catalog/index.ts";
import type { Installation } from "../../lib/openclaw/index.ts";
import {
  type ApplyRestoreOptions,
  type ArchiveSource,
  applyRestore,
  type PlanRestoreOptions,
  planRestore,
  type RestoreReport,
  type UndoReport,
  undoRestore,
} from "../../lib/restore/index.ts";
import { MemoryStorage } from "../../lib/storage/index.ts";
import { type CaptureSetting, captureOptions, plainInstallation } from "./plain-installation.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";
import { dir, file, readTree, symlink, type TreeLiteral, tree, writeTree } from "./tree.ts";

export const NOW: Date = new Date("2026-11-21T03:00:00.000Z");
/** How the time of a restore at {@link NOW} stands in names. */
export const STAMP = "20261121T030000Z";

/** A small state directory with one of each. */
export const STATE: TreeLiteral = tree({
  "openclaw.json": file('{ "gateway": { "auth": { "mode": "token", "token": "backed-up" } } }\n', {
    mode: 0o600,
  }),
  credentials: dir({ "telegram.json": file("{}", { mode: 0o600 }) }, { mode: 0o700 }),
  workspace: dir({
    "MEMORY.md": file("remember"),
    "USER.md": file("- Language: Deutsch\n"),
    notes: dir({ "a.md": file("a"), "b.md": file("b") }),
    latest: symlink("notes/a.md"),
    out: symlink("/etc/hostname"),
  }),
  skills: dir({ demo: dir({ "SKILL.md": file("demo") }) }),
});

/** A machine with an installation, a Clawback home and a storage, all in one temporary directory. */
export interface Machine extends AsyncDisposable {
  readonly base: TempDir;
  readonly stateDir: string;
  readonly home: string;
  readonly storage: MemoryStorage;
  join(...names: string[]): string;
  installation(overrides?: Partial<Installation>): Installation;
  backUp(options?: BackUpOptions): Promise<ArchiveSource>;
  plan(source: ArchiveSource, options?: Partial<PlanRestoreOptions>): PlanRestoreOptions;
  restore(
    source: ArchiveSource,
    options?: Partial<PlanRestoreOptions>,
    apply?: ApplyRestoreOptions,
  ): Promise<RestoreReport>;
  undo(): Promise<UndoReport>;
}

export interface BackUpOptions {
  readonly scope?: ScopeChoice | undefined;
  readonly setting?: CaptureSetting | undefined;
  readonly installation?: Partial<Installation> | undefined;
  readonly passphrase?: Secret | undefined;
}

export interface MachineOptions {
  readonly state?: TreeLiteral | undefined;
  /** Where the temporary directory is made. */
  readonly parent?: string | undefined;
  /** Where the state directory is, relative to the temporary directory. @default "user/.openclaw" */
  readonly stateDir?: string | undefined;
}

export async function machine(options: MachineOptions = {}): Promise<Machine> {
  const base = await tempDir(options.parent);
  const stateDir = base.join(options.stateDir ?? "user/.openclaw");
  const home = base.join("home");
  mkdirSync(home, { mode: 0o700 });
  mkdirSync(base.join("home/tmp"), { mode: 0o700 });
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeTree(stateDir, options.state ?? STATE);
  const storage = new MemoryStorage();
  const installation = (overrides: Partial<Installation> = {}) =>
    plainInstallation(stateDir, overrides);
  const plan: Machine["plan"] = (source, more = {}) => ({
    source,
    stateDir,
    installation: installation(),
    passphrases: [],
    privateKeys: [],
    environment: {},
    home,
    now: NOW,
    ...more,
  });
  return {
    base,
    stateDir,
    home,
    storage,
    installation,
    plan,
    join: base.join,
    backUp: (more) => backUp({ base, storage, installation }, more),
    restore: async (source, more, apply) =>
      await applyRestore(await planRestore(plan(source, more)), apply),
    undo: () => undoRestore({ home, stateDir, installation: installation(), now: NOW }),
    [Symbol.asyncDispose]: () => base[Symbol.asyncDispose](),
  };
}

let made = 0;

async function backUp(
  { base, storage, installation }: Pick<Machine, "base" | "storage" | "installation">,
  options: BackUpOptions = {},
): Promise<ArchiveSource> {
  const { passphrase } = options;
  const now = new Date(NOW.getTime() - 60_000 + ++made);
  const report = await createArchive({
    id: createBackupId(now),
    instance: "agent-1",
    now,
    destination: { type: "storage", id: "memory", storage },
    capture: captureOptions(installation(options.installation), base.join("home/tmp"), {
      ...(options.scope === undefined ? {} : { scope: resolveScope(options.scope) }),
      ...options.setting,
    }),
    openclaw: { version: "2026.9.6", schemaVersions: { state: 18, agent: 23 } },
    host: { name: "box", platform: "linux", nodeVersion: "v24.21.0" },
    clawbackVersion: "0.1.0",
    ...(passphrase === undefined
      ? {}
      : { encryption: { passphrases: [passphrase], publicKeys: [] } }),
  });
  return await storedSource(storage, report.id);
}

/** The source for a backup in a storage, as `app` makes it. */
export async function storedSource(storage: MemoryStorage, id: string): Promise<ArchiveSource> {
  const catalog = openCatalog({
    storages: [{ id: "memory", storage }],
    clock: systemClock,
  });
  const { backups } = await catalog.list({ instance: "all" });
  const backup = backups.find((candidate) => candidate.id === id);
  if (backup === undefined) throw new Error(`${id} is not listed`);
  const { fileListKey } = backup;
  return {
    label: `backup ${id} in storage memory`,
    backup,
    sizeBytes: backup.storedBytes,
    sha256: backup.sha256,
    open: () => storage.getStream(backup.objectKey),
    fileList: async () =>
      fileListKey === undefined || backup.encrypted
        ? undefined
        : await storage.get(fileListKey, 2 ** 30),
  };
}

/** The same archive as a file of which nothing is known beforehand. */
export function asFile(source: ArchiveSource): ArchiveSource {
  return {
    label: "file archive.tar.gz",
    backup: undefined,
    sizeBytes: source.sizeBytes,
    sha256: undefined,
    open: () => source.open(),
    fileList: async () => undefined,
  };
}

/** Any bytes as a source. */
export function bytesSource(bytes: Uint8Array, label = "file archive.tar.gz"): ArchiveSource {
  return {
    label,
    backup: undefined,
    sizeBytes: bytes.length,
    sha256: undefined,
    open: async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
    fileList: async () => undefined,
  };
}

/** Installs an OpenClaw on a machine, as far as its versions are concerned. @returns the environment that finds it */
export function withOpenClaw(box: Machine, state: number): Record<string, string> {
  const bin = box.join("bin");
  const at = box.join("lib/openclaw");
  mkdirSync(bin, { recursive: true });
  mkdirSync(at, { recursive: true });
  writeFileSync(
    `${at}/package.json`,
    JSON.stringify({
      name: "openclaw",
      version: "2026.1.1",
      bin: { openclaw: "openclaw.mjs" },
      openclaw: { schemaVersions: { state, agent: 23 } },
    }),
  );
  writeFileSync(`${at}/openclaw.mjs`, "#!/usr/bin/env node\n", { mode: 0o755 });
  symlinkSync(`${at}/openclaw.mjs`, `${bin}/openclaw`);
  return { PATH: bin };
}

/** Makes one of OpenClaw's own databases with a table of notes. */
export function makeDatabase(
  path: string,
  facts: {
    readonly role?: "global" | "agent";
    readonly userVersion?: number;
    readonly note?: string;
  } = {},
): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${facts.userVersion ?? 18};
    CREATE TABLE schema_meta (meta_key TEXT PRIMARY KEY, role TEXT);
    INSERT INTO schema_meta VALUES ('primary', '${facts.role ?? "global"}');
    CREATE TABLE notes (text TEXT);
    INSERT INTO notes VALUES ('${facts.note ?? "first"}');`);
  database.close();
}

/** The newest note in such a database. */
export function noteIn(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT text FROM notes ORDER BY rowid DESC LIMIT 1").get()?.text;
  } finally {
    database.close();
  }
}

/** Everything below a directory but the content of the agent's report and the times of directories and links, which a restore touches. */
export function contentOf(root: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(readTree(root)).map(([path, { mtimeUs, ...entry }]) => {
      if (path.endsWith("/.restore-complete.json")) return [path, "report"];
      if (entry.type !== "file") return [path, entry];
      const { body = "" } = entry;
      const short = body.length > 100 ? createHash("sha256").update(body).digest("hex") : body;
      return [path, { ...entry, body: short, mtimeUs }];
    }),
  );
}
