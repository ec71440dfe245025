import { BackupError, KIB } from "../../base/index.ts";
import { shortId } from "../stored-file/index.ts";
import {
  type Id,
  type PackBlob,
  type PackContents,
  SEAL_OVERHEAD_BYTES,
  type Sealer,
} from "../types.ts";
import { decodeHeader } from "./header.ts";
import { HEADER_LENGTH_BYTES, MAX_HEADER_BYTES, SMALLEST_PACK_BYTES } from "./layout.ts";

/** A pack as a listing of the storage shows it. */
export interface StoredPack {
  readonly packId: Id;
  readonly sizeBytes: number;
}

/** Reads a range of one pack. Fewer bytes than asked for are found out. */
export type ReadRange = (offsetBytes: number, lengthBytes: number) => Promise<Uint8Array>;

/**
 * What is read at first, from the end. Restic reads 15 entries (651 bytes), which fit the header of its packs of large chunks;
 * packs of database pages have 1,000 to 3,400 entries. At any usual distance to a storage, 64 KiB (1,597 entries) cost less than
 * a second request.
 */
const FIRST_READ_BYTES = 64 * KIB;

/**
 * Lists the blobs recorded in a pack's header.
 *
 * @param pack - Its size is compared with the header before anything more is read.
 * @returns Blobs in the order of their bytes.
 * @throws BackupError `data-corrupt` when the header does not authenticate, or does not fit the pack
 * @see restic doc/design.rst, "Pack Format"
 */
export async function readPackHeader(
  pack: StoredPack,
  read: ReadRange,
  sealer: Sealer,
): Promise<PackContents> {
  const { packId, sizeBytes } = pack;
  if (sizeBytes < SMALLEST_PACK_BYTES) {
    throw damaged(pack, `it has ${sizeBytes} bytes, the smallest has ${SMALLEST_PACK_BYTES}`);
  }
  const tail = await readExactly(pack, read, Math.min(sizeBytes, FIRST_READ_BYTES));
  const headerBytes = tail.readUInt32LE(tail.length - HEADER_LENGTH_BYTES);
  assertHeaderBytes(pack, headerBytes);
  const wanted = headerBytes + HEADER_LENGTH_BYTES;
  const end = wanted <= tail.length ? tail : await readExactly(pack, read, wanted);
  const sealed = end.subarray(end.length - wanted, end.length - HEADER_LENGTH_BYTES);
  return { packId, blobs: openHeader(pack, sealed, sealer) };
}

function assertHeaderBytes(pack: StoredPack, headerBytes: number): void {
  const most = Math.min(MAX_HEADER_BYTES, pack.sizeBytes - HEADER_LENGTH_BYTES);
  if (headerBytes > SEAL_OVERHEAD_BYTES && headerBytes <= most) return;
  throw damaged(pack, `its header has ${headerBytes} bytes, possible are 33 to ${most}`);
}

async function readExactly(
  pack: StoredPack,
  read: ReadRange,
  lengthBytes: number,
): Promise<Buffer> {
  const bytes = await read(pack.sizeBytes - lengthBytes, lengthBytes);
  if (bytes.length !== lengthBytes) {
    throw damaged(pack, `${bytes.length} bytes could be read of its last ${lengthBytes}`);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function openHeader(pack: StoredPack, sealed: Buffer, sealer: Sealer): PackBlob[] {
  try {
    return decodeHeader(sealer.open(sealed), pack.sizeBytes - HEADER_LENGTH_BYTES - sealed.length);
  } catch (error) {
    throw damaged(pack, error instanceof Error ? error.message : "its header is unreadable", error);
  }
}

function damaged({ packId, sizeBytes }: StoredPack, what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `pack ${shortId(packId)} is damaged: ${what}`, {
    details: { packId, sizeBytes },
    cause,
  });
}
