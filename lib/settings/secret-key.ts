import { createHmac, randomBytes } from "node:crypto";
import { BackupError, quote } from "../base/index.ts";
import { publishFile } from "../filesystem/index.ts";
import { readHomeFile } from "./home.ts";
import { pathsOfHome } from "./paths.ts";

const KEY_BYTES = 32;
const MAX_KEY_FILE_BYTES = 4096;
const VARIABLE = "CLAWBACK_ENCRYPTION_KEY";

/** The key under which the secrets of a home are encrypted. */
export interface SecretKey {
  readonly bytes: Uint8Array;
  /** Tells keys apart without telling anything of them; 16 hex digits. */
  readonly id: string;
  /** For messages: `CLAWBACK_ENCRYPTION_KEY`, or the key file's path in quotes. */
  readonly source: string;
}

export interface SecretKeyOptions {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads the key: from `CLAWBACK_ENCRYPTION_KEY` when it is set, else from the home's `secret.key`.
 * @returns undefined when there is neither.
 * @throws BackupError `invalid-argument` for a variable, `invalid-settings` for a file that is not a key; `home-unusable`
 */
export function loadSecretKey(options: SecretKeyOptions): SecretKey | undefined {
  const given = options.environment[VARIABLE]?.trim();
  if (given) return fromVariable(given);
  const path = pathsOfHome(options.home).secretKey;
  const source = readHomeFile(options.home, path, MAX_KEY_FILE_BYTES);
  return source === undefined ? undefined : fromFile(source, path);
}

/** {@link loadSecretKey}; when there is none, makes a key file (0600). The caller holds the lock of the secrets. */
export async function loadOrCreateSecretKey(options: SecretKeyOptions): Promise<SecretKey> {
  const existing = loadSecretKey(options);
  if (existing !== undefined) return existing;
  const path = pathsOfHome(options.home).secretKey;
  const text = randomBytes(KEY_BYTES).toString("base64");
  await publishFile(path, `${text}\n`, { mode: 0o600 });
  return fromFile(text, path);
}

function fromVariable(text: string): SecretKey {
  const bytes = decodeKey(text);
  if (bytes !== undefined) return describeKey(bytes, VARIABLE);
  throw new BackupError(
    "invalid-argument",
    `${VARIABLE} is not a key: expected ${KEY_BYTES} bytes in base64 or as ${2 * KEY_BYTES} hex digits`,
    { hint: "make one with: openssl rand -base64 32" },
  );
}

function fromFile(text: string, path: string): SecretKey {
  const bytes = decodeKey(text.trim());
  if (bytes !== undefined) return describeKey(bytes, `key file ${quote(path)}`);
  throw new BackupError(
    "invalid-settings",
    `key file ${quote(path)} does not hold a key: expected ${KEY_BYTES} bytes in base64`,
    {
      details: { path },
      hint: "put the file back from a copy, or remove it together with secrets.json and enter the credentials again",
    },
  );
}

/** Hex, base64 or base64url, with or without padding. */
function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

function describeKey(bytes: Uint8Array, source: string): SecretKey {
  const id = createHmac("sha256", bytes).update("clawback secrets key id").digest("hex");
  return { bytes, id: id.slice(0, 16), source };
}
