import { BackupError } from "../../base/index.ts";
import { entryBytes, MAX_HEADER_BYTES } from "../pack/index.ts";
import { isId, shortId } from "../stored-file/index.ts";
import { type PackBlob, type PackContents, SEAL_OVERHEAD_BYTES } from "../types.ts";
import { JsonCursor } from "./json-cursor.ts";

/** More entries do not fit a header. */
const MAX_BLOBS = Math.floor(MAX_HEADER_BYTES / entryBytes({ uncompressedBytes: undefined }));
const MAX_UINT32 = 0xffff_ffff;
/** Where packs stand that are to be deleted. */
export const MARKED_KEY = "packs_to_delete";

/**
 * A pack that a prune took out of the indexes, and that is deleted some time after. Rustic's form, under rustic's key; restic passes over it.
 * It means nothing while any index names the pack.
 */
export interface MarkedPack extends PackContents {
  readonly markedAt: Date;
}

/**
 * Decodes the JSON of an index file, pack by pack:
 * `{"packs":[{"id","blobs":[{"id","type","offset","length","uncompressed_length"?}]}]}`.
 *
 * Only one pack at a time is turned into values. `JSON.parse` of all is quicker (15 ms instead of 35 for the 7.4 MB of 50,000
 * blobs), but holds the text and its values at once, twice the size of the file again; and other programs' files may have many
 * times that size.
 *
 * Unknown keys are passed over, `supersedes` of old versions of restic with them.
 *
 * @param onMarked - Given every pack of `packs_to_delete`; without it that key is passed over, as all readers of blobs have to.
 * @returns Packs in the order of the file, the blobs of each **in the order of their bytes**; restic writes them in no order.
 * @throws BackupError `data-corrupt`
 * @see restic doc/design.rst, "Indexing"
 */
export function* decodeIndex(
  json: Uint8Array,
  onMarked?: (pack: MarkedPack) => void,
): Generator<PackContents, void, undefined> {
  const cursor = new JsonCursor(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
  cursor.expect(OPEN_BRACE);
  if (!cursor.accept(CLOSE_BRACE)) {
    do {
      const key = cursor.parseValue();
      cursor.expect(COLON);
      if (key === "packs") yield* decodePacks(cursor, decodePack);
      else if (key === MARKED_KEY && onMarked !== undefined) {
        for (const pack of decodePacks(cursor, decodeMarked)) onMarked(pack);
      } else cursor.skipValue();
    } while (cursor.accept(COMMA));
    cursor.expect(CLOSE_BRACE);
  }
  cursor.expectEnd();
}

function* decodePacks<T>(
  cursor: JsonCursor,
  decode: (value: unknown) => T,
): Generator<T, void, undefined> {
  // Go writes a list that was never made as null.
  if (!cursor.accept(OPEN_BRACKET)) {
    if (cursor.parseValue() !== null) throw damaged("packs is no list");
    return;
  }
  if (cursor.accept(CLOSE_BRACKET)) return;
  do yield decode(cursor.parseValue());
  while (cursor.accept(COMMA));
  cursor.expect(CLOSE_BRACKET);
}

type Fields = Readonly<Record<string, unknown>>;

function decodePack(value: unknown): PackContents {
  const { id, blobs } = asObject(value);
  if (typeof id !== "string" || !isId(id)) throw damaged("the id of a pack is not 64 hex digits");
  if (!Array.isArray(blobs)) throw damaged(`pack ${shortId(id)} has no list of blobs`);
  if (blobs.length > MAX_BLOBS) {
    throw damaged(`pack ${shortId(id)} has ${blobs.length} blobs, at most are ${MAX_BLOBS}`);
  }
  const decoded = blobs.map((blob) => decodeBlob(asObject(blob)));
  return { packId: id, blobs: decoded.sort((a, b) => a.offsetBytes - b.offsetBytes) };
}

function decodeMarked(value: unknown): MarkedPack {
  const { time } = asObject(value);
  const ms = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms)) throw damaged("the time of a pack to be deleted is no time");
  return { ...decodePack(value), markedAt: new Date(ms) };
}

function decodeBlob(fields: Fields): PackBlob {
  const { id, type } = fields;
  if (typeof id !== "string" || !isId(id)) throw damaged("the id of a blob is not 64 hex digits");
  if (type !== "data" && type !== "tree") {
    throw damaged(`blob ${shortId(id)} has type ${JSON.stringify(type)}, known are data and tree`);
  }
  const lengthBytes = uint32(fields, "length");
  if (lengthBytes < SEAL_OVERHEAD_BYTES) {
    throw damaged(
      `blob ${shortId(id)} has ${lengthBytes} bytes, its encryption alone has ${SEAL_OVERHEAD_BYTES}`,
    );
  }
  return {
    type,
    id,
    offsetBytes: uint32(fields, "offset"),
    lengthBytes,
    // Absent and 0 are the same to restic, and so is null, which rustic's prune writes.
    uncompressedBytes:
      (fields.uncompressed_length ?? undefined) === undefined
        ? undefined
        : uint32(fields, "uncompressed_length") || undefined,
  };
}

function uint32(fields: Fields, key: string): number {
  const value = fields[key];
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_UINT32) {
    return value as number;
  }
  throw damaged(`${key} of a blob is ${JSON.stringify(value)}, expected are 0 to ${MAX_UINT32}`);
}

function asObject(value: unknown): Fields {
  if (typeof value === "object" && value !== null) return value as Fields;
  throw damaged("a pack or blob is no object");
}

function damaged(what: string): BackupError {
  return new BackupError("data-corrupt", `index is damaged: ${what}`);
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
