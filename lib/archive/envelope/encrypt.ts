import { randomBytes } from "node:crypto";
import { BackupError } from "../../base/index.ts";
import type { EncryptOptions } from "../types.ts";
import { readPublicKeys } from "./keys.ts";
import { SourceStream } from "./source-stream.ts";

/**
 * Encrypts a stream so that `gpg -d` reads it, for every passphrase and public key given: AES-256, with a modification detection
 * code, not compressed.
 * @throws BackupError `invalid-argument` when no recipient is given or a key cannot be used; and whatever `source` throws.
 */
export async function* encryptStream(
  source: AsyncIterable<Uint8Array>,
  options: EncryptOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { passphrases, publicKeys } = options;
  if (passphrases.length + publicKeys.length === 0) {
    throw new BackupError(
      "invalid-argument",
      "encryption: neither a passphrase nor a key is given",
    );
  }
  const openpgp = await import("openpgp");
  const encryptionKeys = await readPublicKeys(publicKeys);
  const input = new SourceStream(source);
  try {
    const encrypted = await openpgp.encrypt({
      message: await openpgp.createMessage({ binary: input.stream(), format: "binary" }),
      passwords: passphrases.map((passphrase) => passphrase.reveal()),
      encryptionKeys,
      // Given, so that AES-256 is used whatever the recipients' keys prefer, and never AEAD, which released gpg does not read.
      sessionKey: { data: new Uint8Array(randomBytes(32)), algorithm: "aes256" },
      format: "binary",
      config: {
        preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed,
        s2kType: openpgp.enums.s2k.iterated,
        aeadProtect: false,
      },
    });
    yield* encrypted;
  } catch (error) {
    throw input.failure?.error ?? error;
  } finally {
    await input.close();
  }
}
