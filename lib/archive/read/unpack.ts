import { assertNotCancelled, BackupError, formatSize, MIB } from "../../base/index.ts";
import { isOpenPgp } from "../envelope/index.ts";
import { type Compression, Inflater } from "../inflater.ts";
import type { ArchiveLimits } from "../types.ts";
import { readAhead } from "./read-ahead.ts";
import { hasTarChecksum, isZeros } from "./tar-header.ts";

/** Input is decompressed in pieces of this size: what a piece can swell to is held in memory at once. */
const PIECE_BYTES: number = 64 * 1024;
/** Waiting to be decompressed, and waiting to be taken. */
const AHEAD_BYTES: number = 2 * MIB;
/** Small archives may be as dense as they like. */
const FREE_BYTES: number = 64 * MIB;

export interface UnpackOptions {
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal | undefined;
}

/**
 * Gives the tar inside an archive: gzip of one or more members, zstd of one or more frames, or not compressed. Zeros may follow the compressed data,
 * nothing else. Each chunk is valid until the next one is asked for.
 * @throws BackupError `data-corrupt`, `unsupported-format`, `limit-exceeded`, `cancelled`
 */
export async function* unpack(
  source: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = cutIntoPieces(readAhead(source, AHEAD_BYTES), options.signal);
  try {
    const first = await readHead(pieces);
    const compression = recogniseCompression(first);
    const all = chain(first, pieces);
    if (compression === undefined) yield* all;
    else yield* readAhead(inflate(all, compression, options.limits), AHEAD_BYTES, Inflater.release);
  } finally {
    await pieces.return();
  }
}

async function* inflate(
  pieces: AsyncIterable<Uint8Array>,
  compression: Compression,
  limits: ArchiveLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const meter = new ExpansionMeter(limits.maxExpansion);
  let inflater: Inflater | undefined = new Inflater(compression, "archive");
  try {
    for await (const piece of pieces) {
      meter.packedBytes += piece.length;
      let rest = piece;
      while (rest.length > 0 && inflater !== undefined) {
        const inflated: Awaited<ReturnType<Inflater["write"]>> = await inflater.write(rest);
        yield* meter.count(inflated.output);
        rest = inflated.rest;
        if (rest.length === 0) break;
        inflater.close();
        // Node takes one gzip member after another itself, but only one zstd frame.
        inflater =
          compression === "zstd" && !isZeros(rest)
            ? new Inflater(compression, "archive")
            : undefined;
      }
      if (!isZeros(rest)) throw new BackupError("data-corrupt", "archive: unknown data at its end");
    }
    if (inflater !== undefined) yield* meter.count(await inflater.end());
  } finally {
    inflater?.close();
  }
}

/** Compares what came in with what comes out. */
class ExpansionMeter {
  readonly #maxExpansion: number;
  packedBytes = 0;
  #unpackedBytes = 0;

  constructor(maxExpansion: number) {
    this.#maxExpansion = maxExpansion;
  }

  *count(chunks: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
    for (const chunk of chunks) {
      this.#unpackedBytes += chunk.length;
      const isTooMuch =
        this.#unpackedBytes > FREE_BYTES &&
        this.#unpackedBytes > this.packedBytes * this.#maxExpansion;
      if (isTooMuch) {
        throw new BackupError(
          "limit-exceeded",
          `archive: unpacks to more than ${this.#maxExpansion} times its size (${formatSize(this.#unpackedBytes)} so far)`,
        );
      }
      yield chunk;
    }
  }
}

async function* cutIntoPieces(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      assertNotCancelled(signal);
      yield chunk.subarray(at, at + PIECE_BYTES);
    }
  }
}

/** Reads enough to tell what it is: one tar block, or all there is. */
async function readHead(pieces: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 512) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* rest;
}

/** @throws BackupError `unsupported-format` */
function recogniseCompression(head: Uint8Array): Compression | undefined {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  if (head.length >= 512 && hasTarChecksum(head)) return undefined;
  if (isOpenPgp(head)) {
    throw new BackupError("unsupported-format", "archive: it is encrypted", {
      hint: "give the passphrase or private key that opens it",
    });
  }
  const found = head.length === 0 ? "it is empty" : "neither gzip, zstd nor tar";
  throw new BackupError("unsupported-format", `archive: not recognised, ${found}`);
}
