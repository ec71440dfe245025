import { BackupError } from "../../base/index.ts";
import { ByteSource } from "../byte-source.ts";
import { type Compression, Inflater } from "../inflater.ts";
import { damaged, PacketReader } from "./packet-reader.ts";
import { TAGS } from "./packets.ts";

/** Compressed data in compressed data is legal, and nobody writes it. */
const MAX_NESTING = 2;
/** Input is decompressed in pieces of this size: what a piece can swell to is held in memory at once. */
const PIECE_BYTES = 16 * 1024;
const BZIP2 = 3;

/**
 * Gives the content of a decrypted message: of its literal data, after decompressing it where it is compressed. Signatures are passed over.
 * @throws BackupError `data-corrupt`
 */
export async function* literalContent(
  plain: AsyncIterable<Uint8Array>,
  nesting = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new ByteSource(plain, "encrypted data");
  const packets = new PacketReader(source);
  let contents = 0;
  try {
    for (let tag = await packets.next(); tag !== undefined; tag = await packets.next()) {
      if (PASSED_OVER.has(tag)) await packets.takeAll();
      else {
        contents += 1;
        if (contents > 1 || nesting > MAX_NESTING) throw damaged("it holds more than one content");
        yield* contentOf(tag, packets, nesting);
      }
    }
    if (contents === 0) throw damaged("it holds no content");
  } finally {
    await source.close();
  }
}

function contentOf(
  tag: number,
  packets: PacketReader,
  nesting: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (tag === TAGS.literal) return literalBody(packets);
  if (tag === TAGS.compressed) return literalContent(decompress(packets), nesting + 1);
  throw damaged(`it holds a packet of kind ${tag}`);
}

/** Whether a message's decrypted start is compressed in a way that {@link literalContent} cannot undo. */
export function startsWithBzip2(plain: Uint8Array): boolean {
  const [first = 0, second = 0] = plain;
  const isCompressed = (first & 0xc0) === 0xc0 ? (first & 0x3f) === 8 : ((first >> 2) & 0x0f) === 8;
  if (!isCompressed) return false;
  const isOld = (first & 0x40) === 0;
  const oldStart = (first & 3) === 3 ? 1 : 1 + 2 ** (first & 3);
  const newStart = second < 192 || (second >= 224 && second < 255) ? 2 : second === 255 ? 6 : 3;
  return plain[isOld ? oldStart : newStart] === BZIP2;
}

const PASSED_OVER: ReadonlySet<number> = new Set([
  ...[TAGS.signature, TAGS.onePassSignature, TAGS.marker, TAGS.padding],
]);

/** Literal data: format, file name, date, content. */
async function* literalBody(packets: PacketReader): AsyncGenerator<Uint8Array, void, undefined> {
  const [, nameBytes = 0] = await packets.take(2);
  await packets.take(nameBytes + 4);
  for (let some = await packets.read(); some !== undefined; some = await packets.read()) yield some;
}

async function* decompress(packets: PacketReader): AsyncGenerator<Uint8Array, void, undefined> {
  const [algorithm = 0] = await packets.take(1);
  if (algorithm === 0) {
    for (let some = await packets.read(); some !== undefined; some = await packets.read())
      yield some;
    return;
  }
  const compression: Compression | undefined =
    algorithm === 1 ? "deflate" : algorithm === 2 ? "zlib" : undefined;
  if (compression === undefined) {
    throw new BackupError(
      "unsupported-format",
      `encrypted data: compression ${algorithm} is not known`,
    );
  }
  const inflater = new Inflater(compression, "encrypted data");
  try {
    for (;;) {
      const piece = await packets.read(PIECE_BYTES);
      if (piece === undefined) break;
      const { output, rest } = await inflater.write(piece);
      yield* output;
      if (rest.length > 0) throw damaged("something follows the compressed data");
    }
    yield* await inflater.end();
  } finally {
    inflater.close();
  }
}
