import { isUtf8 } from "node:buffer";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { expect } from "vitest";
import { compareBytes, fsPath, pathFromBuffer } from "../../lib/filesystem/index.ts";

/** What a literal may say about an entry beyond its content; what it does not say is not compared. */
export interface EntryFacts {
  readonly mode?: number;
  /** Kept to the microsecond. */
  readonly mtime?: Date;
}

export type TreeEntry =
  | ({ readonly type: "file"; readonly body: string | Uint8Array } & EntryFacts)
  | ({ readonly type: "dir"; readonly children: TreeLiteral } & EntryFacts)
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "hardlink"; readonly target: string };

/** Names (one path segment; bytes that are not UTF-8 as in `Path`) and what stands there. */
export type TreeLiteral = Readonly<Record<string, TreeEntry>>;

export const file = (body: string | Uint8Array = "", facts: EntryFacts = {}): TreeEntry => ({
  type: "file",
  body,
  ...facts,
});

export const dir = (children: TreeLiteral = {}, facts: EntryFacts = {}): TreeEntry => ({
  type: "dir",
  children,
  ...facts,
});

/** `target` is stored as it is. */
export const symlink = (target: string): TreeEntry => ({ type: "symlink", target });

/** `target` is the path of a file of the literal, relative to its root. */
export const hardlink = (target: string): TreeEntry => ({ type: "hardlink", target });

/** A tree as a literal: `tree({ "a.txt": file("hi"), sub: dir({…}), link: symlink("a.txt") })`. */
export const tree = (literal: TreeLiteral): TreeLiteral => literal;

/** Writes a literal below a directory, which is made when it is missing. */
export function writeTree(root: string, literal: TreeLiteral): void {
  mkdirSync(fsPath(root), { recursive: true });
  const entries = [...flatten(literal)];
  for (const [path, entry] of entries) writeEntry(`${root}/${path}`, entry);
  for (const [path, entry] of entries) {
    if (entry.type === "hardlink")
      linkSync(fsPath(`${root}/${entry.target}`), fsPath(`${root}/${path}`));
  }
  for (const [path, entry] of entries.reverse()) {
    if (entry.type === "dir" || entry.type === "file") applyFacts(`${root}/${path}`, entry);
  }
}

/** What {@link readTree} tells of one entry. */
export interface ReadEntry {
  readonly type: string;
  readonly mode?: number;
  readonly mtimeUs?: bigint;
  /** Content as text when it is UTF-8, else in hexadecimal. */
  readonly body?: string;
  /** Of a symbolic link. */
  readonly target?: string;
  /** Of a file: the first path, in byte order, of the same file, when there is an earlier one. */
  readonly sameFileAs?: string | undefined;
}

/** Reads a directory whole: every path below it, in byte order, with its facts. Independent of the library's own walk. */
export function readTree(root: string): Record<string, ReadEntry> {
  const found: [string, ReadEntry][] = [];
  const firstPaths = new Map<bigint, string>();
  for (const path of listAll(root, "").sort(compareBytes)) {
    found.push([path, readEntry(`${root}/${path}`, path, firstPaths)]);
  }
  return Object.fromEntries(found);
}

/** Compares a directory with a literal: the same paths, contents and links, and the modes and times that the literal states. */
export function expectTree(root: string, literal: TreeLiteral): void {
  const actual = readTree(root);
  const expected = expectedEntries(literal);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [path, entry] of Object.entries(expected)) {
    expect({ path, ...actual[path] }).toMatchObject({ path, ...entry });
  }
}

function* flatten(literal: TreeLiteral, prefix = ""): Generator<[string, TreeEntry]> {
  for (const [name, entry] of Object.entries(literal)) {
    yield [prefix + name, entry];
    if (entry.type === "dir") yield* flatten(entry.children, `${prefix}${name}/`);
  }
}

function writeEntry(path: string, entry: TreeEntry): void {
  if (entry.type === "dir") mkdirSync(fsPath(path));
  else if (entry.type === "file") writeFileSync(fsPath(path), entry.body, { flag: "wx" });
  else if (entry.type === "symlink") symlinkSync(fsPath(entry.target), fsPath(path));
}

function applyFacts(path: string, { mode, mtime }: EntryFacts): void {
  if (mode !== undefined) chmodSync(fsPath(path), mode);
  if (mtime === undefined) return;
  // Half a microsecond more, because Node's conversion may round down to the microsecond before.
  const seconds = mtime.getTime() / 1000 + 5e-7;
  utimesSync(fsPath(path), seconds, seconds);
}

function listAll(root: string, prefix: string): string[] {
  const below = `${root}/${prefix}`;
  return readdirSync(fsPath(below), { encoding: "buffer" }).flatMap((bytes) => {
    const path = prefix + pathFromBuffer(bytes);
    const isDirectory = lstatSync(fsPath(`${root}/${path}`)).isDirectory();
    return isDirectory ? [path, ...listAll(root, `${path}/`)] : [path];
  });
}

function readEntry(fullPath: string, path: string, firstPaths: Map<bigint, string>): ReadEntry {
  const stats = lstatSync(fsPath(fullPath), { bigint: true });
  const facts = { mode: Number(stats.mode) & 0o7777, mtimeUs: stats.mtimeNs / 1000n };
  if (stats.isSymbolicLink()) {
    const target = pathFromBuffer(readlinkSync(fsPath(fullPath), { encoding: "buffer" }));
    return { type: "symlink", target, mtimeUs: facts.mtimeUs };
  }
  if (stats.isDirectory()) return { type: "dir", ...facts };
  if (!stats.isFile()) return { type: "special", ...facts };
  const sameFileAs = firstPaths.get(stats.ino);
  if (sameFileAs === undefined) firstPaths.set(stats.ino, path);
  return { type: "file", ...facts, body: asText(readFileSync(fsPath(fullPath))), sameFileAs };
}

function expectedEntries(literal: TreeLiteral): Record<string, ReadEntry> {
  const entries = new Map([...flatten(literal)].sort(([a], [b]) => compareBytes(a, b)));
  const firstPaths = new Map<string, string>();
  const expected: [string, ReadEntry][] = [];
  for (const [path, entry] of entries) {
    if (entry.type === "symlink") {
      expected.push([path, { type: "symlink", target: entry.target }]);
      continue;
    }
    const original = entry.type === "hardlink" ? entries.get(entry.target) : entry;
    if (original?.type === "dir") expected.push([path, { type: "dir", ...stated(original) }]);
    if (original?.type !== "file") continue;
    const identity = entry.type === "hardlink" ? entry.target : path;
    const sameFileAs = firstPaths.get(identity);
    if (sameFileAs === undefined) firstPaths.set(identity, path);
    const body = asText(Buffer.from(original.body));
    expected.push([path, { type: "file", body, sameFileAs, ...stated(original) }]);
  }
  return Object.fromEntries(expected);
}

function stated({ mode, mtime }: EntryFacts): Pick<ReadEntry, "mode" | "mtimeUs"> {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(mtime === undefined ? {} : { mtimeUs: BigInt(mtime.getTime()) * 1000n }),
  };
}

function asText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "hex");
}
