import type { DecryptedSessionKey, MaybeStream, Message, SessionKey } from "openpgp";
import { BackupError } from "../../base/index.ts";
import type { DecryptOptions } from "../types.ts";
import { readPrivateKeys } from "./keys.ts";
import { type EncryptedData, findEncryptedData, isArmored, isOpenPgp } from "./packets.ts";
import { CHECK_BYTES, chooseSessionKeys } from "./session-key.ts";
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
    throw input.failure?.error ?? damaged(error);
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
  const openpgp = await import("openpgp");
  const start = await readStart(input);
  const message = await openpgp.readMessage({ binaryMessage: input.stream() });
  const candidates = await findSessionKeys(message, options);
  const { keys: sessionKeys, areCertain } = chooseSessionKeys(candidates, start);
  if (sessionKeys.length === 0) throw nothingFits();
  let hasBegun = areCertain;
  try {
    const { data } = await openpgp.decrypt({
      message,
      sessionKeys,
      format: "binary",
      // Otherwise all of it is held in memory until its end. What is given before the end is not to be used, see above.
      config: { allowUnauthenticatedStream: true },
    });
    for await (const chunk of data as unknown as AsyncIterable<Uint8Array>) {
      hasBegun = true;
      yield chunk;
    }
  } catch (error) {
    // A wrong key of an uncommon cipher gives rubbish from the first byte on.
    throw hasBegun ? error : nothingFits(error);
  }
}

function nothingFits(cause?: unknown): BackupError {
  const message = "encrypted data: no passphrase or key given opens it";
  return new BackupError("wrong-password", message, { cause });
}

/** The first encrypted bytes, where the message has them in the clear form that a session key can be checked against. */
async function readStart(input: SourceStream): Promise<Uint8Array | undefined> {
  let found: EncryptedData | "more" | undefined = "more";
  let head: Uint8Array = new Uint8Array(0);
  for (let length = 1024; found === "more" && length <= MAX_HEAD_BYTES; length *= 4) {
    head = await input.peek(length);
    found = findEncryptedData(head);
  }
  if (found === undefined || found === "more" || found.version !== 1) return undefined;
  const { offset } = found;
  return (await input.peek(offset + CHECK_BYTES)).subarray(offset, offset + CHECK_BYTES);
}

/** Every session key that a passphrase or private key leads to; wrong passphrases may lead to some, too. */
async function findSessionKeys(
  message: Message<MaybeStream<Uint8Array>>,
  { passphrases, privateKeys }: DecryptOptions,
): Promise<SessionKey[]> {
  const { decryptSessionKeys } = await import("openpgp");
  const none = (): DecryptedSessionKey[] => [];
  const passwords = passphrases.map((passphrase) => passphrase.reveal());
  const decryptionKeys = await readPrivateKeys(privateKeys, passphrases);
  const byPassphrase =
    passwords.length === 0 ? [] : await decryptSessionKeys({ message, passwords }).catch(none);
  const byKey =
    decryptionKeys.length === 0
      ? []
      : await decryptSessionKeys({ message, decryptionKeys }).catch(none);
  return [...byPassphrase, ...byKey] as SessionKey[];
}

function damaged(cause: unknown): unknown {
  if (cause instanceof BackupError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError("data-corrupt", `encrypted data: damaged or cut short: ${reason}`, {
    cause,
  });
}
