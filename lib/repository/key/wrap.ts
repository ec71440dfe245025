import { randomBytes } from "node:crypto";
import { z } from "zod";
import { BackupError, isBackupError, type Secret } from "../../base/index.ts";
import { assertMasterKey, createSealer } from "../crypto/index.ts";
import type { MasterKey } from "../types.ts";
import { deriveKey, SALT_BYTES } from "./derive.ts";
import type { KeyFile } from "./key-file.ts";
import type { ScryptCost } from "./scrypt-cost.ts";

function buildSchema() {
  return z.object({
    mac: z.object({ k: z.base64(), r: z.base64() }),
    encrypt: z.base64(),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/** Wraps the master key with a password, under a new random salt. */
export async function wrapMasterKey(
  masterKey: MasterKey,
  password: Secret,
  cost: ScryptCost,
): Promise<Pick<KeyFile, "cost" | "salt" | "data">> {
  assertMasterKey(masterKey);
  const salt = randomBytes(SALT_BYTES);
  const sealer = createSealer(await deriveKey(password, salt, cost));
  return { cost, salt, data: sealer.seal(encodeMasterKey(masterKey)) };
}

/**
 * Unwraps the master key.
 * @throws BackupError `wrong-password`; `data-corrupt`, `limit-exceeded` when the file is no good whatever the password
 */
export async function unwrapMasterKey(file: KeyFile, password: Secret): Promise<MasterKey> {
  const sealer = createSealer(await deriveKey(password, file.salt, file.cost));
  return decodeMasterKey(openWith(sealer.open, file.data));
}

/** The bytes are those that were stored (their hash was compared), so a MAC that does not hold means another password. */
function openWith(open: (sealed: Uint8Array) => Buffer, data: Uint8Array): Buffer {
  try {
    return open(data);
  } catch (error) {
    throw isBackupError(error, "data-corrupt") ? isWrong(error) : error;
  }
}

function isWrong(cause: unknown): BackupError {
  return new BackupError("wrong-password", "password does not open this key", { cause });
}

function encodeMasterKey({ macK, macR, encrypt }: MasterKey): Buffer {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const document = { mac: { k: base64(macK), r: base64(macR) }, encrypt: base64(encrypt) };
  return Buffer.from(JSON.stringify(document));
}

function decodeMasterKey(json: Buffer): MasterKey {
  schema ??= buildSchema();
  const result = schema.safeParse(parseJson(json));
  if (!result.success) {
    throw new BackupError("data-corrupt", "key file is damaged: what it wraps is no master key");
  }
  const { mac, encrypt } = result.data;
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  const masterKey = { macK: bytes(mac.k), macR: bytes(mac.r), encrypt: bytes(encrypt) };
  assertMasterKey(masterKey);
  return masterKey;
}

/** Undefined for what is no JSON: the parser's own message would quote the key. */
function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString("utf8"));
  } catch {
    return undefined;
  }
}
