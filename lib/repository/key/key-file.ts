import { z } from "zod";
import { BackupError } from "../../base/index.ts";
import { SALT_BYTES } from "./derive.ts";
import type { ScryptCost } from "./scrypt-cost.ts";

/** What a key file holds: the master key, wrapped with a key that is derived from a password. It is plain JSON in the storage. */
export interface KeyFile {
  /** RFC 3339, as the program that made it wrote it. */
  readonly created: string;
  readonly username: string;
  readonly hostname: string;
  readonly cost: ScryptCost;
  /** 64 bytes. */
  readonly salt: Uint8Array;
  /** The JSON of the master key, sealed with the derived key. */
  readonly data: Uint8Array;
}

function buildSchema() {
  const number = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
  const text = z.string().max(1024).default("");
  return z.object({
    created: text,
    username: text,
    hostname: text,
    kdf: z.string(),
    N: number,
    r: number,
    p: number,
    salt: z.base64(),
    data: z.base64(),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/**
 * Writes a key file with its fields in restic's order.
 * @see restic doc/design.rst, "Keys, Encryption and MAC"
 */
export function encodeKeyFile(file: KeyFile): Buffer {
  const { created, username, hostname, cost, salt, data } = file;
  const document = {
    created,
    username,
    hostname,
    kdf: "scrypt",
    N: cost.N,
    r: cost.r,
    p: cost.p,
    salt: Buffer.from(salt).toString("base64"),
    data: Buffer.from(data).toString("base64"),
  };
  return Buffer.from(JSON.stringify(document));
}

/**
 * Reads a key file. The cost is not judged here; fields that are not known are passed over.
 * @throws BackupError `data-corrupt`; `unsupported-format` for another derivation than scrypt
 */
export function decodeKeyFile(bytes: Uint8Array): KeyFile {
  schema ??= buildSchema();
  const result = schema.safeParse(parseJson(bytes));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw isCorrupt(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "?"}`);
  }
  const { kdf, N, r, p, ...rest } = result.data;
  if (kdf !== "scrypt") {
    throw new BackupError(
      "unsupported-format",
      `key file derives its key with ${JSON.stringify(kdf)}, known is scrypt`,
      { details: { found: kdf } },
    );
  }
  const salt = Buffer.from(rest.salt, "base64");
  if (salt.length !== SALT_BYTES) {
    throw isCorrupt(`its salt has ${salt.length} bytes, expected are ${SALT_BYTES}`);
  }
  return { ...rest, cost: { N, r, p }, salt, data: Buffer.from(rest.data, "base64") };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw isCorrupt("it is not JSON", error);
  }
}

function isCorrupt(what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `key file is damaged: ${what}`, { cause });
}
