import { BackupError, quote, textOfBytes } from "../../base/index.ts";
import { isShallow, type JsonObject, readUint64 } from "../go-json/index.ts";
import { isTimestamp, NO_TIME, type Timestamp } from "../timestamp.ts";
import type { Id } from "../types.ts";
import { goUnquote } from "./go-quote.ts";
import { type ExtendedAttribute, NODE_TYPES, type Node, type NodeType } from "./types.ts";

const KNOWN: ReadonlySet<string> = new Set([
  ...["name", "type", "mode", "mtime", "atime", "ctime", "uid", "gid", "user", "group", "inode"],
  ...["device_id", "size", "links", "linktarget", "linktarget_raw", "extended_attributes"],
  ...["generic_attributes", "device", "content", "subtree", "error"],
]);
const TYPES: ReadonlySet<string> = new Set(NODE_TYPES);
const ID = /^[0-9a-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MAX_UINT32 = 0xffff_ffff;
/** What a field that we only keep may nest. */
const MAX_DEPTH = 32;
/** NAME_MAX is 255 bytes everywhere; this leaves room for filesystems to come and none for a bomb. */
const MAX_NAME_LENGTH = 4096;

/** A node's place, for messages: `tree 3f2a91c0…: node 12`. */
export interface NodePlace {
  readonly subject: string;
  readonly index: number;
}

/**
 * Reads one node of a parsed tree; everything that is used later is checked here.
 * @throws BackupError `data-corrupt`
 */
export function decodeNode(value: unknown, place: NodePlace): Node {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw damaged(place, "is no object");
  }
  const fields = value as JsonObject;
  const type = readType(fields.type, place);
  return {
    name: readName(fields, place),
    type,
    mode: uint32(fields, "mode", place),
    mtime: readTime(fields, "mtime", place),
    atime: readTime(fields, "atime", place),
    ctime: readTime(fields, "ctime", place),
    uid: uint32(fields, "uid", place),
    gid: uint32(fields, "gid", place),
    user: text(fields, "user", place),
    group: text(fields, "group", place),
    inode: uint64(fields, "inode", place),
    deviceId: uint64(fields, "device_id", place),
    sizeBytes: uint64(fields, "size", place),
    links: uint64(fields, "links", place),
    linkTarget: readLinkTarget(fields, place),
    extendedAttributes: readAttributes(fields.extended_attributes, place),
    genericAttributes: readGeneric(fields.generic_attributes, place),
    device: uint64(fields, "device", place),
    content: readContent(fields.content, place),
    subtree: readId(fields.subtree, "subtree", place),
    error: text(fields, "error", place),
    unknown: readUnknown(fields, KNOWN, (what) => damaged(place, what)),
  };
}

/** The fields that are not known, in their order; undefined when there are none. */
export function readUnknown(
  fields: JsonObject,
  known: ReadonlySet<string>,
  fail: (what: string) => BackupError,
): JsonObject | undefined {
  let unknown: [string, unknown][] | undefined;
  for (const key in fields) {
    if (known.has(key)) continue;
    if (!isShallow(fields[key], MAX_DEPTH)) throw fail(`field ${quote(key)} is nested too deep`);
    unknown ??= [];
    unknown.push([key, fields[key]]);
  }
  return unknown === undefined ? undefined : Object.fromEntries(unknown);
}

function readType(value: unknown, place: NodePlace): NodeType {
  if (typeof value === "string" && TYPES.has(value)) return value as NodeType;
  throw damaged(place, `type ${typeof value === "string" ? quote(value) : "(none)"} is not known`);
}

function readName(fields: JsonObject, place: NodePlace): string {
  const quoted = text(fields, "name", place) ?? "";
  if (quoted.length > MAX_NAME_LENGTH) throw damaged(place, "name is too long");
  const name = goUnquote(quoted);
  if (name === undefined) throw damaged(place, `name ${quote(quoted)} is not quoted as Go does`);
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0")) {
    throw damaged(place, `name ${quote(name)} is no path segment`);
  }
  return name;
}

function readLinkTarget(fields: JsonObject, place: NodePlace): string | undefined {
  const raw = text(fields, "linktarget_raw", place);
  if (!raw) return text(fields, "linktarget", place);
  if (!BASE64.test(raw)) throw damaged(place, "linktarget_raw is not base64");
  return textOfBytes(Buffer.from(raw, "base64"));
}

function readAttributes(
  value: unknown,
  place: NodePlace,
): readonly ExtendedAttribute[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw damaged(place, "extended_attributes is no list");
  return value.map((attribute: unknown) => {
    if (typeof attribute !== "object" || attribute === null || Array.isArray(attribute)) {
      throw damaged(place, "an extended attribute is no object");
    }
    const fields = attribute as JsonObject;
    const encoded = text(fields, "value", place);
    if (encoded !== undefined && !BASE64.test(encoded)) {
      throw damaged(place, "an extended attribute is not base64");
    }
    return { name: text(fields, "name", place) ?? "", value: encoded ?? null };
  });
}

function readGeneric(value: unknown, place: NodePlace): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  const isObject = typeof value === "object" && !Array.isArray(value);
  if (isObject && isShallow(value, MAX_DEPTH)) return value as JsonObject;
  throw damaged(place, "generic_attributes is no object, or nested too deep");
}

function readContent(value: unknown, place: NodePlace): readonly Id[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw damaged(place, "content is no list");
  for (const id of value) {
    if (typeof id !== "string" || !ID.test(id)) throw damaged(place, "content holds no blob ids");
  }
  return value as Id[];
}

function readId(value: unknown, key: string, place: NodePlace): Id | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && ID.test(value)) return value;
  throw damaged(place, `${key} is no blob id`);
}

/** rustic writes no access time, and no time at all of the directories above what it backs up. */
function readTime(fields: JsonObject, key: string, place: NodePlace): Timestamp {
  const value = fields[key];
  if (value === undefined || value === null) return NO_TIME;
  if (typeof value === "string" && isTimestamp(value)) return value;
  throw damaged(place, `${key} is no time`);
}

/** Lone surrogates written as escapes are no bytes of ours: as Go, they become U+FFFD. */
function text(fields: JsonObject, key: string, place: NodePlace): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  throw damaged(place, `${key} is no text`);
}

function uint32(fields: JsonObject, key: string, place: NodePlace): number {
  const value = fields[key] ?? 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_UINT32) {
    return value;
  }
  throw damaged(place, `${key} is no number of 32 bits`);
}

function uint64(fields: JsonObject, key: string, place: NodePlace): bigint | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  const number = readUint64(value);
  if (number === undefined) throw damaged(place, `${key} is no number of 64 bits`);
  return number;
}

function damaged(place: NodePlace, what: string): BackupError {
  return new BackupError("data-corrupt", `${place.subject}: node ${place.index}: ${what}`);
}
