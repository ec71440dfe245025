import type { FileKind, Id } from "../types.ts";

const FOLDERS: Record<FileKind, string> = {
  key: "keys/",
  lock: "locks/",
  snapshot: "snapshots/",
  index: "index/",
  pack: "data/",
};
const ID_PATTERN = /^[0-9a-f]{64}$/;

/** Whether `text` is an id: 64 lowercase hex digits. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

/** The first 8 digits, as restic shows ids. */
export function shortId(id: Id): string {
  return id.slice(0, 8);
}

/** The prefix of all objects of a kind, with its slash. */
export function folderOf(kind: FileKind): string {
  return FOLDERS[kind];
}

/**
 * The object key of a stored file: packs are spread over 256 folders by their first two digits, the others lie flat.
 * @see restic doc/design.rst, "Repository Layout"
 */
export function objectKeyOf(kind: FileKind, id: Id): string {
  return kind === "pack" ? `${FOLDERS.pack}${id.slice(0, 2)}/${id}` : FOLDERS[kind] + id;
}

/** The id of the stored file under `key`, or undefined when nothing of this kind belongs there. */
export function idOfObjectKey(kind: FileKind, key: string): Id | undefined {
  const id = key.slice(key.lastIndexOf("/") + 1);
  return isId(id) && objectKeyOf(kind, id) === key ? id : undefined;
}
