import { BackupError } from "../../base/index.ts";
import type { FileListEntry, Omission, OmissionReason } from "../types.ts";

/** The start of every file's line, so that one can be told from the others without being parsed. */
export const FILE_LINE_START = '{"type":"file"';

export function encodeEntryLine(entry: FileListEntry): string {
  const { type, path, storedAs, sizeBytes, mode, mtime, sha256, target, incomplete, listedOnly } =
    entry;
  return JSON.stringify({
    ...{ type, path, storedAs, sizeBytes, mode, mtime, sha256, target },
    class: entry.class,
    ...{ incomplete, listedOnly },
  });
}

export function encodeOmissionLine({ path, reason, detail }: Omission): string {
  return JSON.stringify({ omitted: path, reason, detail });
}

/** @throws BackupError `data-corrupt` */
export function parseLine(line: string): { entry: FileListEntry } | { omission: Omission } {
  const value = parseObject(line);
  return value.omitted === undefined ? { entry: asEntry(value) } : { omission: asOmission(value) };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw damaged("a line is not JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw damaged("a line is not an object");
  }
  return value as Fields;
}

function asEntry(value: Fields): FileListEntry {
  const type = value.type;
  if (type !== "file" && type !== "dir" && type !== "symlink" && type !== "hardlink") {
    throw damaged(`type ${JSON.stringify(type)} is not known`);
  }
  const entry: FileListEntry = {
    type,
    path: text(value, "path"),
    storedAs: optionalText(value, "storedAs"),
    sizeBytes: wholeNumber(value, "sizeBytes"),
    mode: wholeNumber(value, "mode"),
    mtime: text(value, "mtime"),
    sha256: optionalText(value, "sha256"),
    target: optionalText(value, "target"),
    class: text(value, "class"),
    incomplete: value.incomplete === true ? (true as const) : undefined,
    listedOnly: value.listedOnly === true ? (true as const) : undefined,
    memberOffset: value.memberOffset === undefined ? undefined : wholeNumber(value, "memberOffset"),
  };
  if (entry.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(entry.sha256)) {
    throw damaged("sha256 is not 64 hex digits");
  }
  return entry;
}

function asOmission(value: Fields): Omission {
  return {
    path: text(value, "omitted"),
    reason: text(value, "reason") as OmissionReason,
    detail: text(value, "detail"),
  };
}

function text(value: Fields, key: string): string {
  const found = value[key];
  if (typeof found !== "string") throw damaged(`${key} is not text`);
  return found;
}

function optionalText(value: Fields, key: string): string | undefined {
  return value[key] === undefined ? undefined : text(value, key);
}

function wholeNumber(value: Fields, key: string): number {
  const found = value[key];
  if (!Number.isSafeInteger(found) || (found as number) < 0) {
    throw damaged(`${key} is not a whole number`);
  }
  return found as number;
}

function damaged(what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `file list: ${what}`, { cause });
}
