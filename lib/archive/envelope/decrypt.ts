import type { SessionKey } from "openpgp";
import { BackupError, isBackupError } from "../../base/index.ts";
import { ByteSource } from "../byte-source.ts";
import type { DecryptOptions } from "../types.ts";
import { decryptBuffered } from "./decrypt-buffered.ts";
import { damaged, PacketReader } from "./packet-reader.ts";
import { isArmored, isOpenPgp, type MessageStart, readMessageStart, TAGS } from "./packets.ts";
import { literalContent, startsWithBzip2 } from "./plain-packets.ts";
import { decryptProtected, decryptStart, isAes, PREFIX_BYTES } from "./protected-data.ts";
import { findSessionKeys, hasIntegrityCode } from "./session-keys.ts";
import { SourceStream } from "./source-stream.ts";

/** Session keys come first; with many recipients they take some kilobytes. */
const MAX_HEAD_BYTES = 256 * 1024;

/**
 * Decrypts what {@link encryptStream} or gpg made, armored and compressed ones too. **Nothing that it gives counts before the iteration
 * has ended normally**: the integrity code is at the end.
 * @throws BackupError `wrong-password` when no passphrase or key fits; `unsupported-format` for something else than an encrypted message;
 *   `data-corrupt` when it is damaged or cut short, at the latest before the iteration ends; `invalid-argument` for a key that cannot be
 *   read; and whatever `source` throws.
 */
export async function* decryptStream(
  source: AsyncIterable<Uint8Array>,
  options: DecryptOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new SourceStream(source);
  let binary: SourceStream | undefined;
  try {
    binary = await dearmor(input);
    yield* decryptBinary(binary, options);
  } catch (error) {
    throw input.failure?.error ?? asBackupError(error);
  } finally {
    await binary?.close();
    await input.close();
  }
}

async function dearmor(input: SourceStream): Promise<SourceStream> {
  const head = await input.peek(64);
  if (!isOpenPgp(head)) {
    throw new BackupError("unsupported-format", "encrypted data: it is no OpenPGP message");
  }
  if (!isArmored(head)) return input;
  const { unarmor } = await import("openpgp");
  const text = input.stream().pipeThrough(new TextDecoderStream("latin1"));
  const { data } = await unarmor(text as unknown as string);
  return new SourceStream(data as unknown as AsyncIterable<Uint8Array>);
}

async function* decryptBinary(
  input: SourceStream,
  options: DecryptOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = await readStart(input);
  const [key] = await findSessionKeys(start, options);
  const isUsual = hasIntegrityCode(start);
  if (key === undefined || (isUsual && !isAes(key))) {
    yield await decryptBuffered(input, options, { isKeySure: false });
  } else if (isUsual && !isBzip2(start, key)) {
    yield* decryptStreamed(input, key);
  } else yield await decryptBuffered(input, options, { isKeySure: true });
}

function isBzip2({ data }: MessageStart, key: SessionKey): boolean {
  return startsWithBzip2(decryptStart(key, data.subarray(1)).subarray(PREFIX_BYTES));
}

/** Decrypts the usual form: AES, with a modification detection code. */
async function* decryptStreamed(
  input: SourceStream,
  key: SessionKey,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packets = new PacketReader(new ByteSource(input, "encrypted data"));
  let tag = await packets.next();
  while (tag !== undefined && tag !== TAGS.protected) tag = await packets.next();
  await packets.take(1);
  yield* literalContent(decryptProtected(packets, key));
  if ((await packets.next()) !== undefined) throw damaged("something follows its end");
}

/** @throws BackupError `data-corrupt`, `unsupported-format` */
async function readStart(input: SourceStream): Promise<MessageStart> {
  for (let length = 1024; length <= MAX_HEAD_BYTES; length *= 4) {
    const head = await input.peek(length);
    const isWhole = head.length < length;
    const start = await readMessageStart(head).catch((error: unknown) => {
      // Where the head was cut it looks cut short.
      if (!isWhole && isBackupError(error, "data-corrupt")) return undefined;
      throw error;
    });
    if (start !== undefined && (isWhole || start.data.length >= ENOUGH_BYTES)) {
      return assertProtected(start);
    }
    if (isWhole) break;
  }
  throw damaged("it holds no encrypted data");
}

/** What it takes to check a session key and to see how the content is compressed. */
const ENOUGH_BYTES: number = PREFIX_BYTES + 16;

function assertProtected(start: MessageStart): MessageStart {
  if (start.tag === TAGS.protected || start.tag === TAGS.aead) return start;
  if (start.tag !== TAGS.unprotected) throw damaged(`it holds a packet of kind ${start.tag}`);
  const message = "encrypted data: it has no protection against changes";
  throw new BackupError("unsupported-format", message, {
    hint: "decrypt it with gpg and give the result",
  });
}

function asBackupError(cause: unknown): unknown {
  if (cause instanceof BackupError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError("data-corrupt", `encrypted data: damaged or cut short: ${reason}`, {
    cause,
  });
}
