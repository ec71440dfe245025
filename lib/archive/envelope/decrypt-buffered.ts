import { BackupError, formatSize, GIB } from "../../base/index.ts";
import type { DecryptOptions } from "../types.ts";
import { readPrivateKeys } from "./keys.ts";
import { damaged } from "./packet-reader.ts";
import { nothingFits } from "./session-keys.ts";
import type { SourceStream } from "./source-stream.ts";

const MAX_BUFFERED_BYTES: number = GIB;

/**
 * Decrypts a message of a rare form (AEAD, another cipher than AES, bzip2) whole and in memory, by OpenPGP.js: it needs about three times
 * the message's size.
 * @param isKeySure - Whether a failure is damage; else a wrong passphrase is the likelier reason.
 * @throws BackupError `data-corrupt`, `wrong-password`, `limit-exceeded`, `invalid-argument`
 */
export async function decryptBuffered(
  input: SourceStream,
  options: DecryptOptions,
  { isKeySure }: { readonly isKeySure: boolean },
): Promise<Uint8Array> {
  const openpgp = await import("openpgp");
  const binaryMessage = await readWhole(input);
  const decryptionKeys = await readPrivateKeys(options.privateKeys, options.passphrases);
  const passwords = options.passphrases.map((passphrase) => passphrase.reveal());
  const message = await openpgp.readMessage({ binaryMessage }).catch((cause: unknown) => {
    throw damaged(String(cause));
  });
  const format = "binary";
  const attempts = [
    ...(passwords.length > 0 ? [{ passwords }] : []),
    ...(decryptionKeys.length > 0 ? [{ decryptionKeys }] : []),
  ];
  for (const attempt of attempts) {
    const sessionKeys = await openpgp.decryptSessionKeys({ message, ...attempt }).catch(() => []);
    if (sessionKeys.length === 0) continue;
    try {
      return (await openpgp.decrypt({ message, sessionKeys: sessionKeys as never, format })).data;
    } catch (cause) {
      throw isKeySure ? damaged(String(cause)) : nothingFits(cause);
    }
  }
  throw nothingFits();
}

async function readWhole(input: SourceStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= MAX_BUFFERED_BYTES) continue;
    throw new BackupError(
      "limit-exceeded",
      `encrypted data: longer than ${formatSize(MAX_BUFFERED_BYTES)}, and of a form that cannot be streamed`,
      { hint: "decrypt it with gpg and give the result" },
    );
  }
  return Buffer.concat(chunks);
}
