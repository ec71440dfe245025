import { z } from "zod";
import { BackupError, formatSize, MIB } from "../../base/index.ts";
import type { BackupScope } from "../types.ts";

/** Where a snapshot's report lies in its own tree, and the directory that is Clawback's own there. A restore leaves it out. */
export const REPORT_DIRECTORY = ".clawback";
export const REPORT_NAME = "report.json";
/** Where the raw bytes of damaged databases lie, each below it at its own path. */
export const DAMAGED_DIRECTORY = "damaged";

/** Ten thousand omissions with long paths have some megabytes. */
const MAX_REPORT_BYTES: number = 64 * MIB;
const FORMAT_VERSION = 1;

/** A database as a snapshot holds it. */
export interface SnapshotDatabase {
  readonly path: string;
  /** What the next snapshot recognises it by when nothing was committed meanwhile; see `sqlite`. Absent: it is copied again. */
  readonly identity?: string | undefined;
}

/**
 * What Clawback says of a snapshot that it made, `/.clawback/report.json` in the snapshot's own tree: the facts that a list shows, and
 * those that a restore needs. Readers accept unknown fields.
 */
export interface SnapshotReport {
  readonly formatVersion: 1;
  readonly instance: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** The agent's session that it was taken for. */
  readonly session?: string | undefined;
  readonly createdAt: string;
  readonly durationMs: number;
  /** As `clawback.scope` of an archive's manifest; `backup/scope.ts` says what it means. */
  readonly scope: BackupScope & {
    readonly rules: {
      readonly maxFileSizeBytes?: number | undefined;
      readonly cachedirTag: boolean;
      readonly oneFileSystem: boolean;
    };
    readonly roots: readonly {
      readonly kind: string;
      readonly path: string;
      readonly excluded: readonly string[];
      readonly included: readonly string[];
      readonly forced: readonly string[];
    }[];
  };
  /** Where the parts of the installation were, as in an archive's manifest. */
  readonly paths: {
    readonly stateDir: string;
    readonly configPath: string;
    readonly oauthDir: string;
    readonly workspaceDirs: readonly string[];
    readonly agentRoots: readonly { readonly agentId: string; readonly sourcePath: string }[];
  };
  /** The roots that were captured, as in an archive's manifest. */
  readonly assets: readonly { readonly kind: string; readonly sourcePath: string }[];
  readonly files: number;
  readonly bytes: number;
  readonly databases: readonly SnapshotDatabase[];
  readonly omissions: readonly {
    readonly path: string;
    readonly reason: string;
    readonly detail: string;
  }[];
  readonly notes: number;
  readonly degraded: boolean;
  readonly openclaw: {
    readonly version: string;
    readonly schemaVersions: Readonly<Record<string, number>>;
  };
  readonly host: { readonly name: string; readonly platform: string };
  readonly clawbackVersion: string;
}

function buildSchema() {
  const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
  const text = (maxLength: number) => z.string().max(maxLength);
  const path = text(32_768);
  const lines = z.array(text(32_768)).max(100_000);
  return z.object({
    formatVersion: z.literal(FORMAT_VERSION),
    instance: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    name: text(1024).nullable(),
    tags: z.array(text(1024)).max(1000),
    session: text(1024).optional(),
    createdAt: z.iso.datetime(),
    durationMs: z.number().min(0),
    scope: z.object({
      full: z.boolean(),
      classes: z.array(text(64)).max(100),
      onlyConfig: z.boolean(),
      includeWorkspace: z.boolean(),
      rules: z.object({
        maxFileSizeBytes: amount.optional(),
        cachedirTag: z.boolean(),
        oneFileSystem: z.boolean(),
      }),
      roots: z
        .array(
          z.object({
            kind: text(64),
            path,
            excluded: lines,
            included: lines,
            forced: lines,
          }),
        )
        .max(10_000),
    }),
    paths: z.object({
      stateDir: path,
      configPath: path,
      oauthDir: path,
      workspaceDirs: z.array(path).max(10_000),
      agentRoots: z.array(z.object({ agentId: text(1024), sourcePath: path })).max(10_000),
    }),
    assets: z.array(z.object({ kind: text(64), sourcePath: path })).max(10_000),
    files: amount,
    bytes: amount,
    databases: z.array(z.object({ path, identity: text(4096).optional() })).max(1_000_000),
    omissions: z.array(z.object({ path, reason: text(64), detail: text(65_536) })).max(1_000_000),
    notes: amount,
    degraded: z.boolean(),
    openclaw: z.object({ version: text(256), schemaVersions: z.record(text(128), amount) }),
    host: z.object({ name: text(1024), platform: text(64) }),
    clawbackVersion: text(64),
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

export function encodeSnapshotReport(report: SnapshotReport): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(report)}\n`);
}

/**
 * Reads a report. What encrypts it authenticates it too, so that one that does not fit was written by another version or another program.
 * @param label - Names the snapshot in messages.
 * @throws BackupError `data-corrupt`, `version-too-new`, `limit-exceeded`
 */
export function decodeSnapshotReport(bytes: Uint8Array, label: string): SnapshotReport {
  if (bytes.length > MAX_REPORT_BYTES) {
    const found = `${formatSize(bytes.length)}, at most are ${formatSize(MAX_REPORT_BYTES)}`;
    throw new BackupError("limit-exceeded", `${label}: its report has ${found}`);
  }
  const value = parseJson(bytes, label);
  assertKnownVersion(value, label);
  schema ??= buildSchema();
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new BackupError("data-corrupt", `${label}: its report: ${where}: ${issue?.message}`);
}

function parseJson(bytes: Uint8Array, label: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw isNotJson(label, error);
  }
}

function isNotJson(label: string, cause: unknown): BackupError {
  return new BackupError("data-corrupt", `${label}: its report is not JSON`, { cause });
}

function assertKnownVersion(value: unknown, label: string): void {
  const found = (value as { readonly formatVersion?: unknown } | null)?.formatVersion;
  if (typeof found !== "number" || found <= FORMAT_VERSION) return;
  const message = `${label}: its report has version ${found}, known is ${FORMAT_VERSION}`;
  throw new BackupError("version-too-new", message, { hint: "update Clawback on this machine" });
}
