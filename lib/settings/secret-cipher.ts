import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { BackupError, quote, Secret } from "../base/index.ts";
import type { SecretKey } from "./secret-key.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * One encrypted secret: AES-256-GCM with the secret's name as additional data, so that values cannot be swapped between names.
 *
 * | field | content |
 * | --- | --- |
 * | key | id of the key |
 * | data | base64 of nonce (12 bytes), ciphertext, tag (16 bytes) |
 */
export interface SealedSecret {
  readonly key: string;
  readonly data: string;
}

/** Encrypts a secret under its name, with a fresh nonce. */
export function sealSecret(name: string, secret: Secret, key: SecretKey): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(secret.reveal(), "utf8"), cipher.final()]);
  const data = Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
  return { key: key.id, data };
}

/**
 * Decrypts a secret.
 * @throws BackupError `wrong-password` when it was encrypted under another key; `data-corrupt` when it was changed since
 */
export function openSecret(name: string, sealed: SealedSecret, key: SecretKey): Secret {
  if (sealed.key !== key.id) throw wrongKey(name, key);
  const bytes = Buffer.from(sealed.data, "base64");
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(name))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return new Secret(Buffer.concat([body, decipher.final()]).toString("utf8"));
  } catch (error) {
    throw wasChanged(name, error);
  }
}

function wasChanged(name: string, cause: unknown): BackupError {
  return new BackupError("data-corrupt", `secret ${quote(name)} was changed since it was stored`, {
    details: { secret: name },
    hint: "enter it again",
    cause,
  });
}

function wrongKey(name: string, key: SecretKey): BackupError {
  return new BackupError(
    "wrong-password",
    `secret ${quote(name)} was encrypted under another key than that of ${key.source}`,
    {
      details: { secret: name },
      hint: "set CLAWBACK_ENCRYPTION_KEY to the key it was stored with (unset it when that was the key file), or enter the secret again",
    },
  );
}
