import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { BackupError, quote } from "../base/index.ts";
import { checkValue, type FieldsAt } from "./checked-value.ts";
import { assertKnownVersion } from "./file-version.ts";
import { HEALTH_FIELDS, type HealthEntry, healthField } from "./health-field.ts";
import { type JobsEntry, jobFieldsAt, jobsField } from "./jobs-field.ts";
import { parseJsonText } from "./json-text.ts";
import { type NotifyEntry, notifyField, notifyFieldsAt } from "./notify-field.ts";
import { isFixedPath } from "./paths.ts";
import { type RetentionEntry, retentionField, retentionFieldsAt } from "./retention-fields.ts";
import { isSize } from "./size-field.ts";

/** The version of the settings file that this program reads and writes. */
export const SETTINGS_VERSION = 1;
export const MAX_SETTINGS_BYTES: number = 1024 * 1024;

const INSTANCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const STORAGE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const PREFIX = /^(?:[^/\p{Cc}]+(?:\/[^/\p{Cc}]+)*)?$/u;

export interface DirectoryStorageEntry {
  readonly id: string;
  readonly type: "directory";
  readonly path: string;
  readonly plaintext?: boolean | undefined;
}

export interface S3StorageEntry {
  readonly id: string;
  readonly type: "s3";
  readonly plaintext?: boolean | undefined;
  readonly preset?: string | undefined;
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly addressing?: "path" | "virtual" | undefined;
  readonly profile?: string | undefined;
  readonly prunerProfile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly sse?: "kms" | "s3" | "none" | undefined;
  readonly kmsKey?: string | undefined;
  readonly kmsEndpoint?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  /** Bytes a second, or a size such as `10M`. */
  readonly bandwidth?: string | number | undefined;
}

/** One storage as it stands in the settings file. A stored key's secret half is not here but in `secrets.json`. */
export type StorageEntry = DirectoryStorageEntry | S3StorageEntry;

/** `settings.json`, as written. Paths are absolute or start with `~/`. */
export interface SettingsFile {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly instance: string;
  readonly storages: readonly StorageEntry[];
  readonly defaultStorage?: string | undefined;
  readonly installation?:
    | {
        readonly stateDir?: string | undefined;
        readonly profile?: string | undefined;
        readonly extraPaths?: readonly string[] | undefined;
      }
    | undefined;
  readonly compressionLevel?: number | undefined;
  readonly recipients?: readonly string[] | undefined;
  readonly retention?: RetentionEntry | undefined;
  readonly jobs?: JobsEntry | undefined;
  readonly health?: HealthEntry | undefined;
  readonly notify?: NotifyEntry | undefined;
}

const text = (maxLength = 1024) => z.string().min(1).max(maxLength);
const path = () => text(4096).refine(isFixedPath, "expected an absolute path, or one below ~/");

const directoryEntry = z.strictObject({
  id: z.string().regex(STORAGE_ID, "expected 1 to 32 letters, digits, dots, dashes or underscores"),
  type: z.literal("directory"),
  path: path(),
  plaintext: z.boolean().optional(),
});

const s3Entry = z.strictObject({
  id: directoryEntry.shape.id,
  type: z.literal("s3"),
  plaintext: z.boolean().optional(),
  preset: text(64).optional(),
  bucket: text(255).regex(/^[^/\s]+$/, "expected a bucket's name without slashes or spaces"),
  prefix: z
    .string()
    .max(512)
    .regex(PREFIX, "expected names with single slashes between them")
    .refine((prefix) => !prefix.split("/").some((name) => name === "." || name === ".."), {
      error: "expected no . or .. between the slashes",
    })
    .optional(),
  region: text(64).optional(),
  endpoint: text()
    .refine(isEndpoint, "expected an http or https URL without a password")
    .optional(),
  addressing: z.enum(["path", "virtual"]).optional(),
  profile: text(255).optional(),
  prunerProfile: text(255).optional(),
  accessKeyId: text(255).optional(),
  sse: z.enum(["kms", "s3", "none"]).optional(),
  kmsKey: text(2048).optional(),
  kmsEndpoint: text()
    .refine(isEndpoint, "expected an http or https URL without a password")
    .optional(),
  expectedBucketOwner: z
    .string()
    .regex(/^\d{12}$/, "expected an AWS account id of 12 digits")
    .optional(),
  bandwidth: z
    .union([z.number().int().positive(), text(32)])
    .refine(isSize, "expected bytes a second, such as 10M")
    .optional(),
});

const storageEntry = z.discriminatedUnion("type", [directoryEntry, s3Entry]);

const installation = z.strictObject({
  stateDir: path().optional(),
  profile: text(64).optional(),
  extraPaths: z.array(path()).max(1000).optional(),
});

const settingsFile = z
  .strictObject({
    $schema: z.string().optional(),
    version: z.literal(SETTINGS_VERSION),
    instance: z
      .string()
      .regex(INSTANCE, "expected 1 to 64 letters, digits, dots, dashes or underscores")
      .refine((name) => name !== "all", '"all" stands for every instance'),
    storages: z.array(storageEntry).max(100),
    defaultStorage: text(32).optional(),
    installation: installation.optional(),
    compressionLevel: z.number().int().min(0).max(9).optional(),
    recipients: z.array(path()).max(100).optional(),
    retention: retentionField.optional(),
    jobs: jobsField.optional(),
    health: healthField.optional(),
    notify: notifyField.optional(),
  })
  .superRefine((file, context) => {
    const ids = file.storages.map((storage) => storage.id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["storages"],
        message: `id ${quote(twice)} is used twice`,
      });
    }
    if (file.defaultStorage !== undefined && !ids.includes(file.defaultStorage)) {
      const known = ids.length === 0 ? "none" : ids.join(", ");
      context.addIssue({
        code: "custom",
        path: ["defaultStorage"],
        message: `storage ${quote(file.defaultStorage)} is not configured (there is: ${known})`,
      });
    }
  });

const fieldsAt: FieldsAt = (place, value) => {
  if (place.length === 0) return Object.keys(settingsFile.shape);
  if (place[0] === "installation") return Object.keys(installation.shape);
  if (place[0] === "retention") return retentionFieldsAt(place.slice(1));
  if (place[0] === "health") return HEALTH_FIELDS;
  if (place[0] === "notify") return notifyFieldsAt(place.slice(1));
  if (place[0] === "jobs") return jobFieldsAt(place.slice(1));
  const storages = (value as { storages?: readonly { type?: unknown }[] }).storages;
  const type = storages?.[Number(place[1])]?.type;
  return Object.keys(type === "s3" ? s3Entry.shape : directoryEntry.shape);
};

/**
 * Reads the text of `settings.json`.
 *
 * @param path - Where it lies, for messages.
 * @throws BackupError `invalid-settings`, `version-too-new`
 */
export function parseSettingsFile(source: string, path: string): SettingsFile {
  const label = `settings file ${quote(path)}`;
  const value = parseJsonText(source, label);
  assertKnownVersion(value, SETTINGS_VERSION, label);
  return checkValue<SettingsFile>(value, settingsFile, { label, fieldsAt });
}

/**
 * Holds one storage against what the file accepts, before it is added.
 * @throws BackupError `invalid-argument` that names the wrong field
 */
export function checkStorageEntry(entry: StorageEntry): StorageEntry {
  return checkValue<StorageEntry>(entry, storageEntry, {
    label: `storage ${quote(String(entry.id))}`,
    fieldsAt: () => Object.keys((entry.type === "s3" ? s3Entry : directoryEntry).shape),
    code: "invalid-argument",
  });
}

/** Writes `settings.json`; what it gives, {@link parseSettingsFile} reads back unchanged, or it throws. */
export function formatSettingsFile(file: SettingsFile, path: string): string {
  const source = `${JSON.stringify(file, null, 2)}\n`;
  const reread = parseSettingsFile(source, path);
  if (!isDeepStrictEqual(reread, JSON.parse(source))) {
    throw new BackupError("internal", "settings do not read back as they were written");
  }
  return source;
}

/** The JSON Schema of the file, published as `config/settings.schema.json`. */
export function settingsJsonSchema(): unknown {
  return z.toJSONSchema(settingsFile);
}

function isEndpoint(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const url = new URL(endpoint);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  return isWeb && url.username === "" && url.password === "";
}
