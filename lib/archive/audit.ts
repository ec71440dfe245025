import { createHash } from "node:crypto";
import { quote } from "../base/index.ts";
import { parseMtime } from "./list/index.ts";
import { DAMAGED, PAYLOAD } from "./names/index.ts";
import type { ArchiveContents, ArchiveEntry, FileListEntry, Finding } from "./types.ts";

/** What became of an entry's content. */
export interface EntryFacts {
  readonly sizeBytes: number;
  /** 64 lowercase hex digits. */
  readonly sha256: string;
}

/** Watches an archive being read and says afterwards whether it holds what it says it holds. About 300 bytes an entry. */
export interface ArchiveAudit {
  /** Gives an entry to use in place of `entry`, whose content is counted and hashed while the caller reads it. */
  watch(entry: ArchiveEntry): ArchiveEntry;
  /** Notes an entry whose content the caller hashed itself; the facts are for files only. */
  note(entry: ArchiveEntry, facts?: EntryFacts): void;
  /**
   * Compares what was watched or noted, which must be every entry, with file list and manifest, and adds what the reader itself found.
   * For archives without a file list only the manifest is compared.
   */
  findings(contents: ArchiveContents): readonly Finding[];
}

export function createArchiveAudit(): ArchiveAudit {
  const seen = new Map<string, Seen>();
  const note = (entry: ArchiveEntry, facts?: EntryFacts): void => {
    const { type, target, role, path, mode, mtimeNs } = entry;
    seen.set(listPath(entry), { type, target, role, path, mode, mtimeNs, facts });
  };
  return {
    note,
    watch(entry) {
      note(entry);
      if (entry.type !== "file") return entry;
      return { ...entry, body: measured(entry.body, (facts) => note(entry, facts)) };
    },
    findings: (contents) => [
      ...contents.findings,
      ...compareManifest(contents, seen),
      ...compareList(contents, seen),
    ],
  };
}

interface Seen {
  readonly type: ArchiveEntry["type"];
  readonly role: ArchiveEntry["role"];
  readonly path: string;
  readonly target: string | undefined;
  readonly mode: number;
  readonly mtimeNs: bigint | undefined;
  readonly facts: EntryFacts | undefined;
}

async function* measured(
  body: AsyncIterable<Uint8Array>,
  onEnd: (facts: EntryFacts) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    yield chunk;
  }
  onEnd({ sizeBytes, sha256: hash.digest("hex") });
}

/** What the file list calls an entry. */
function listPath(entry: ArchiveEntry): string {
  if (entry.role === "foreign") return entry.storedPath;
  return (entry.role === "damaged" ? DAMAGED : PAYLOAD) + entry.path;
}

function* compareManifest(
  contents: ArchiveContents,
  seen: ReadonlyMap<string, Seen>,
): Generator<Finding> {
  if (contents.kind === "plain") return;
  const paths = [...seen.values()].filter(({ role }) => role === "payload").map(({ path }) => path);
  for (const { kind, sourcePath } of contents.assets) {
    // A manifest from Windows has its own slashes, a tar never has.
    const root = /^[A-Za-z]:\\/.test(sourcePath) ? sourcePath.replaceAll("\\", "/") : sourcePath;
    const isThere = paths.some((path) => path === root || path.startsWith(`${root}/`));
    if (isThere) continue;
    const message = `the manifest lists the ${kind} ${quote(sourcePath)}, of which nothing is stored`;
    yield { code: "manifest-mismatch", path: sourcePath, message };
  }
}

function* compareList(
  contents: ArchiveContents,
  seen: ReadonlyMap<string, Seen>,
): Generator<Finding> {
  const { kind, fileList, clawback } = contents;
  if (kind !== "clawback") return;
  if (clawback === undefined) {
    yield { code: "manifest-mismatch", message: "the manifest does not say that clawback made it" };
  }
  if (fileList === undefined) {
    yield { code: "data-missing", message: "the file list is missing" };
    return;
  }
  const unlisted = new Map(seen);
  for (const entry of fileList.entries) {
    const found = seen.get(entry.path);
    unlisted.delete(entry.path);
    if (found === undefined) {
      yield {
        code: "data-missing",
        path: entry.path,
        message: `${entry.type} is listed and not stored`,
      };
    } else yield* compareEntry(entry, found);
  }
  for (const [path, { type }] of unlisted) {
    yield { code: "manifest-mismatch", path, message: `${type} is stored and not listed` };
  }
}

function* compareEntry(listed: FileListEntry, found: Seen): Generator<Finding> {
  const { path, type, target } = listed;
  if (type !== found.type) {
    yield { code: "manifest-mismatch", path, message: `is a ${found.type}, listed as ${type}` };
    return;
  }
  const foundTarget = found.type === "hardlink" ? PAYLOAD + found.target : found.target;
  if (foundTarget !== target) {
    const message = `leads to ${quote(String(foundTarget))}, listed as ${quote(String(target))}`;
    yield { code: "manifest-mismatch", path, message };
  }
  if ((found.mode & 0o777) !== (listed.mode & 0o777)) {
    const message = `has mode ${octal(found.mode)}, listed as ${octal(listed.mode)}`;
    yield { code: "manifest-mismatch", path, message };
  }
  if (wholeSeconds(found.mtimeNs) !== wholeSeconds(parseMtime(listed.mtime))) {
    const message = `has another time than it is listed with, ${quote(listed.mtime)}`;
    yield { code: "manifest-mismatch", path, message };
  }
  if (type === "file") yield* compareContent(listed, found);
}

function* compareContent(
  { path, sizeBytes, sha256 }: FileListEntry,
  found: Seen,
): Generator<Finding> {
  if (found.facts === undefined) {
    yield { code: "data-missing", path, message: "its content was not read" };
  } else if (found.facts.sizeBytes !== sizeBytes) {
    const message = `has ${found.facts.sizeBytes} bytes, listed with ${sizeBytes}`;
    yield { code: "data-corrupt", path, message };
  } else if (found.facts.sha256 !== sha256) {
    const message = `its content has SHA-256 ${found.facts.sha256}, listed as ${sha256}`;
    yield { code: "data-corrupt", path, message };
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}

/** Rounded down, as the tar has it. */
function wholeSeconds(ns: bigint | undefined): bigint | undefined {
  return ns === undefined ? undefined : ns - (((ns % SECOND) + SECOND) % SECOND);
}

const SECOND = 1_000_000_000n;
