import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { BackupError, formatSize, isBackupId, KIB, quote } from "../base/index.ts";
import type { BackupRecord } from "./types.ts";

/** What `backup.json` may weigh; a real one has 1 to 2 KB. */
export const MAX_RECORD_BYTES: number = 256 * KIB;
const FORMAT_VERSION = 1;

function buildSchema() {
  const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
  const text = (maxLength: number) => z.string().max(maxLength);
  const amounts = z.record(text(128), amount);

  const storedObject = z.object({
    /** One segment of a key: it is put behind the folder's key. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
    sizeBytes: amount,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  });

  return z.object({
    formatVersion: z
      .number()
      .refine((version) => Math.floor(version) === FORMAT_VERSION)
      .transform((): 1 => FORMAT_VERSION),
    id: z.string().refine(isBackupId, "expected a backup id"),
    kind: z.literal("archive"),
    name: text(1024).nullable(),
    instance: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    tags: z.array(text(1024)).max(1000),
    scope: z.object({
      full: z.boolean(),
      classes: z.array(text(64)).max(100),
      onlyConfig: z.boolean(),
      includeWorkspace: z.boolean(),
    }),
    createdAt: z.iso.datetime(),
    durationMs: z.number().min(0),
    archive: storedObject,
    fileList: storedObject,
    encryption: z.enum(["none", "openpgp"]),
    files: amount,
    bytes: amount,
    databases: amount,
    omissions: amounts,
    notes: amount,
    degraded: z.boolean(),
    openclaw: z.object({ version: text(256), schemaVersions: amounts }),
    host: z.object({ name: text(1024), platform: text(64) }),
    clawbackVersion: text(64),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/** Built at the first record that is read: a list from the cache needs none, and building takes milliseconds. */
function backupRecord(): ReturnType<typeof buildSchema> {
  schema ??= buildSchema();
  return schema;
}

/**
 * Writes a record as the bytes of `backup.json`. What it gives, {@link decodeBackupRecord} reads back unchanged, or it throws.
 * @throws BackupError `internal` for a record that would not be read back
 */
export function encodeBackupRecord(record: BackupRecord): Uint8Array {
  const source = JSON.stringify(record, null, 2);
  const bytes = new TextEncoder().encode(`${source}\n`);
  try {
    const reread = decodeBackupRecord(bytes, `record of backup ${record.id}`);
    if (isDeepStrictEqual(reread, JSON.parse(source))) return bytes;
  } catch (error) {
    throw wouldBeLost(record, error);
  }
  throw wouldBeLost(record);
}

function wouldBeLost(record: BackupRecord, cause?: unknown): BackupError {
  return new BackupError(
    "internal",
    `record of backup ${record.id} would not read back as it was written`,
    { cause },
  );
}

/**
 * Reads the bytes of a `backup.json`. Fields that are not known are passed over, so that later minor versions can add some.
 *
 * @param label - Names the record in messages.
 * @throws BackupError `data-corrupt`, `version-too-new`, `limit-exceeded`
 */
export function decodeBackupRecord(bytes: Uint8Array, label = "backup.json"): BackupRecord {
  if (bytes.length > MAX_RECORD_BYTES) {
    const limit = formatSize(MAX_RECORD_BYTES);
    throw new BackupError("limit-exceeded", `${label} is larger than ${limit}`);
  }
  const value = parseJson(bytes, label);
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === "number" && version >= FORMAT_VERSION + 1) {
    throw new BackupError(
      "version-too-new",
      `${label} has format ${version}, and this Clawback reads format ${FORMAT_VERSION}`,
      { details: { expected: FORMAT_VERSION, found: version }, hint: "update Clawback" },
    );
  }
  const result = backupRecord().safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.map(String).join(".") ?? "";
  throw isCorrupt(label, `${place === "" ? "it" : quote(place)}: ${issue?.message ?? "?"}`);
}

function parseJson(bytes: Uint8Array, label: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw isCorrupt(label, "it is not JSON", error);
  }
}

function isCorrupt(label: string, what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `${label} is damaged: ${what}`, { cause });
}
