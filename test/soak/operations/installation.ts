import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { Random } from "../../helpers/random.ts";
import { type ReadEntry, readTree } from "../../helpers/tree.ts";

/** A state directory whose files somebody changes at random, and what it held at some moment. */
export interface ChangingInstallation {
  readonly stateDir: string;
  /** Makes one change. @returns what was done, for the report of a failure */
  change(random: Random): string;
  record(): Recorded;
}

/** All that a restore must bring back. */
export interface Recorded {
  readonly tree: Readonly<Record<string, ReadEntry>>;
  /** The rows of the database, whose bytes a capture may arrange anew. */
  readonly rows: readonly unknown[];
}

const DATABASE = "state.sqlite";
const NAMES = ["note.md", "data.bin", "größe.txt", "a b", "-flag", "new\nline", "log.jsonl"];
const MAX_LARGE_BYTES = 2_500_000;

export function makeInstallation(stateDir: string): ChangingInstallation {
  mkdirSync(join(stateDir, "workspace"), { recursive: true });
  writeFileSync(join(stateDir, "openclaw.json"), "{}\n", { mode: 0o600 });
  withDatabase(stateDir, (db) => {
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE events(seq INTEGER PRIMARY KEY, body BLOB)");
  });
  const changes = [write, write, overwrite, append, remove, link, rename, touch, insert];
  return {
    stateDir,
    change: (random) => (random.pick(changes) ?? write)(stateDir, random),
    record: () => readInstallation(stateDir),
  };
}

/** Reads an installation, live or restored. */
export function readInstallation(stateDir: string): Recorded {
  const tree = readTree(stateDir);
  const isDatabase = (path: string): boolean => path.startsWith(DATABASE);
  const rows = withDatabase(stateDir, (db) => db.prepare("SELECT * FROM events").all());
  return {
    tree: Object.fromEntries(Object.entries(tree).filter(([path]) => !isDatabase(path))),
    rows,
  };
}

function withDatabase<T>(stateDir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(stateDir, DATABASE));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

type Change = (stateDir: string, random: Random) => string;

function place(stateDir: string, random: Random): string {
  const folder = ["", "workspace/", "workspace/a/", "workspace/a/b/", "media/"];
  const name = `${random.below(6)}-${random.pick(NAMES)}`;
  return join(stateDir, `${random.pick(folder)}${name}`);
}

function existing(stateDir: string, random: Random, type: string): string | undefined {
  const entries = Object.entries(readTree(stateDir));
  const isOurs = (path: string): boolean => path !== "openclaw.json" && !path.startsWith(DATABASE);
  const found = entries.filter(([path, entry]) => entry.type === type && isOurs(path));
  const chosen = random.pick(found)?.[0];
  return chosen === undefined ? undefined : join(stateDir, chosen);
}

function content(random: Random): Buffer {
  const size = random.below(8) === 0 ? random.below(MAX_LARGE_BYTES) : random.below(3000);
  if (random.below(2) === 0) return random.bytes(size);
  return Buffer.from(`line ${random.below(1000)}\n`.repeat(Math.ceil(size / 9)));
}

const write: Change = (stateDir, random) => {
  const path = place(stateDir, random);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, content(random));
  return `write ${path}`;
};

/** Other bytes of the same length under the old time: what only the inode's change time tells. */
const overwrite: Change = (stateDir, random) => {
  const path = existing(stateDir, random, "file");
  if (path === undefined) return write(stateDir, random);
  const { size, atime, mtime } = statSync(path);
  writeFileSync(path, random.bytes(size));
  utimesSync(path, atime, mtime);
  return `overwrite ${path} under its old time`;
};

const append: Change = (stateDir, random) => {
  const path = existing(stateDir, random, "file");
  if (path === undefined) return write(stateDir, random);
  appendFileSync(path, content(random).subarray(0, 5000));
  return `append to ${path}`;
};

const remove: Change = (stateDir, random) => {
  const path = existing(stateDir, random, random.below(5) === 0 ? "dir" : "file");
  if (path === undefined) return write(stateDir, random);
  rmSync(path, { recursive: true });
  return `remove ${path}`;
};

const link: Change = (stateDir, random) => {
  const target = existing(stateDir, random, "file");
  const path = place(stateDir, random);
  if (target === undefined || existsSync(path) || !existsSync(dirname(path))) {
    return write(stateDir, random);
  }
  const isHard = random.below(2) === 0;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path);
  if (isHard) linkSync(target, path);
  else symlinkSync(target, path);
  return `link ${path} to ${target} (${isHard ? "hard" : "symbolic"})`;
};

const rename: Change = (stateDir, random) => {
  const from = existing(stateDir, random, "file");
  const to = place(stateDir, random);
  const isTaken = lstatSync(to, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (from === undefined || isTaken || !existsSync(dirname(to))) return write(stateDir, random);
  renameSync(from, to);
  return `rename ${from} to ${to}`;
};

const touch: Change = (stateDir, random) => {
  const path = existing(stateDir, random, "file");
  if (path === undefined) return write(stateDir, random);
  chmodSync(path, random.pick([0o600, 0o644, 0o755]) ?? 0o600);
  return `chmod ${path}`;
};

const insert: Change = (stateDir, random) => {
  const rows = 1 + random.below(40);
  withDatabase(stateDir, (db) => {
    for (let i = 0; i < rows; i++) {
      db.prepare("INSERT INTO events(body) VALUES (?)").run(random.bytes(random.below(2000)));
    }
    if (random.below(3) === 0) db.exec("DELETE FROM events WHERE seq % 7 = 3");
  });
  return `insert ${rows} rows`;
};

/** @returns undefined when they are equal */
export function firstDifference(
  found: Recorded,
  expected: Recorded | undefined,
): string | undefined {
  if (isDeepStrictEqual(found, expected)) return undefined;
  const paths = new Set([...Object.keys(found.tree), ...Object.keys(expected?.tree ?? {})]);
  for (const path of paths) {
    const [is, was] = [found.tree[path], expected?.tree[path]];
    if (isDeepStrictEqual(is, was)) continue;
    const show = (entry: unknown): string =>
      String(
        JSON.stringify(entry, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
      ).slice(0, 300);
    return `${path}: ${show(is)} instead of ${show(was)}`;
  }
  return `${found.rows.length} rows in the database instead of ${expected?.rows.length}`;
}
