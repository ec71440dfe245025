import { z } from "zod";
import { BackupError } from "../../base/index.ts";

/** What a lock file says: who uses the repository, and how. */
export interface LockFile {
  /** When it was made or last refreshed, by its holder's clock. */
  readonly time: Date;
  /** An exclusive lock stands alone; any number of others stand together. */
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

function buildSchema() {
  const id = z.number().int().min(0).optional();
  const text = z.string().max(1024).default("");
  return z.object({
    time: z.string().max(64).transform(parseTime),
    exclusive: z.boolean().default(false),
    hostname: text,
    username: text,
    pid: z.number().int().default(0),
    uid: id,
    gid: id,
  });
}

let schema: ReturnType<typeof buildSchema> | undefined;

/** Writes a lock file with its fields in restic's order; a uid or gid of zero is left out, as Go does. */
export function encodeLockFile(lock: LockFile): Buffer {
  const { exclusive, hostname, username, pid, uid, gid } = lock;
  const owner = { uid: uid === 0 ? undefined : uid, gid: gid === 0 ? undefined : gid };
  const document = { time: lock.time.toISOString(), exclusive, hostname, username, pid, ...owner };
  return Buffer.from(JSON.stringify(document));
}

/**
 * Reads a lock file. Fields that are not known are passed over.
 * @throws BackupError `data-corrupt`
 */
export function decodeLockFile(json: Uint8Array): LockFile {
  schema ??= buildSchema();
  const result = schema.safeParse(parseJson(json));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw isCorrupt(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "?"}`);
}

function parseTime(text: string, context: z.core.$RefinementCtx<string>): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    context.issues.push({ code: "custom", message: "expected a time", input: text });
  }
  return time;
}

function parseJson(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json).toString("utf8"));
  } catch (error) {
    throw isCorrupt("it is not JSON", error);
  }
}

function isCorrupt(what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `lock file is damaged: ${what}`, { cause });
}
