import { z } from "zod";
import type { EncryptionContext } from "../../aws/index.ts";
import {
  BackupError,
  createBackupId,
  isBackupError,
  KIB,
  quote,
  toBackupError,
} from "../../base/index.ts";
import { wrappedPasswordPrefix } from "../../catalog/index.ts";
import type { Id } from "../../repository/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";

/**
 * The password of a repository, encrypted by KMS, as it lies beside the repository.
 *
 * Such a file is written once, and only after KMS has decrypted what it encrypted. A new password or another key is a new file: never is
 * there a moment without one that opens, two machines at once do not undo each other, and no right to overwrite or delete is needed.
 */
export interface WrappedPassword {
  readonly keyArn: string;
  /** What the file says; whoever decrypts uses the context of the instance that he means. */
  readonly encryptionContext: EncryptionContext;
  readonly ciphertext: Uint8Array;
  /** The key file of the repository that the password opens. Once that is gone, the password opens nothing. */
  readonly passwordId: Id;
  readonly createdAt: string;
}

export interface StoredWrappedPassword extends WrappedPassword {
  /** The object's key. */
  readonly key: string;
}

export interface WrappedPasswords {
  /** Newest first. */
  readonly wrapped: readonly StoredWrappedPassword[];
  /** Why others could not be read. */
  readonly problems: readonly BackupError[];
}

const VERSION = 1;
const MAX_FILE_BYTES: number = 64 * KIB;
/** Of a person who changes the password every week, those of a year; then the oldest are not looked at. */
const MAX_FILES = 64;

/** The context that KMS binds a password to: one of another instance cannot be decrypted as this one's. */
export function encryptionContext(instance: string): EncryptionContext {
  return { "clawback:instance": instance };
}

/**
 * Stores a wrapped password beside the others of the instance: as `password.kms.json`, or with a time in its name when that is taken.
 * @throws BackupError what the storage throws
 */
export async function saveWrappedPassword(
  storage: ObjectStorage,
  instance: string,
  wrapped: WrappedPassword,
  options: CallOptions = {},
): Promise<StoredWrappedPassword> {
  const prefix = wrappedPasswordPrefix(instance);
  const body = encode(wrapped);
  const put = async (name: string): Promise<StoredWrappedPassword> => {
    const key = `${prefix}${name}`;
    await storage.put(key, body, { ...options, ifAbsent: true, contentType: "application/json" });
    return { ...wrapped, key };
  };
  try {
    return await put("json");
  } catch (error) {
    if (!isBackupError(error, "storage-conflict")) throw error;
    return await put(`${createBackupId(new Date(wrapped.createdAt))}.json`);
  }
}

/**
 * Reads the wrapped passwords of an instance. One that cannot be read hides no other.
 * @throws BackupError what the storage's listing throws
 */
export async function readWrappedPasswords(
  storage: ObjectStorage,
  instance: string,
  options: CallOptions = {},
): Promise<WrappedPasswords> {
  const keys: string[] = [];
  for await (const { key } of storage.list(wrappedPasswordPrefix(instance), options))
    keys.push(key);
  const wrapped: StoredWrappedPassword[] = [];
  const problems: BackupError[] = [];
  for (const key of keys.slice(-MAX_FILES)) {
    try {
      wrapped.push({ ...decode(await storage.get(key, MAX_FILE_BYTES, options), key), key });
    } catch (error) {
      if (isBackupError(error, "cancelled")) throw error;
      problems.push(toBackupError(error));
    }
  }
  wrapped.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return { wrapped, problems };
}

function buildSchema() {
  return z.object({
    version: z.literal(VERSION),
    keyArn: z.string().min(1).max(2048),
    encryptionContext: z.record(z.string().max(128), z.string().max(256)),
    ciphertext: z
      .base64()
      .min(1)
      .max(16 * KIB),
    passwordId: z.string().regex(/^[0-9a-f]{64}$/),
    createdAt: z.iso.datetime(),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

function encode({ ciphertext, ...facts }: WrappedPassword): Uint8Array {
  const file = {
    version: VERSION,
    about:
      "the password of the repository beside this file, encrypted by AWS KMS (aws kms decrypt)",
    ...facts,
    ciphertext: Buffer.from(ciphertext).toString("base64"),
  };
  return new TextEncoder().encode(`${JSON.stringify(file, null, 2)}\n`);
}

/** Fields that are not known are passed over, so that later programs can add some. */
function decode(bytes: Uint8Array, key: string): WrappedPassword {
  const value = parseJson(bytes, key);
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > VERSION) {
    throw new BackupError("version-too-new", `${quote(key)} has version ${version}`, {
      details: { key, expected: VERSION, found: version },
      hint: "update Clawback",
    });
  }
  schema ??= buildSchema();
  const result = schema.safeParse(value);
  if (!result.success) {
    const place = result.error.issues[0]?.path.map(String).join(".") ?? "";
    throw isCorrupt(key, `${quote(place)} is not what it should be`);
  }
  const { ciphertext, version: _, ...facts } = result.data;
  return { ...facts, ciphertext: Buffer.from(ciphertext, "base64") };
}

function parseJson(bytes: Uint8Array, key: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw isCorrupt(key, "it is not JSON", error);
  }
}

function isCorrupt(key: string, why: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `wrapped password ${quote(key)} is damaged: ${why}`, {
    details: { key },
    hint: "wrap the password anew with: clawback repository password wrap",
    cause,
  });
}
