import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type ArchiveContents,
  type ArchiveEntry,
  createArchiveAudit,
  decryptStream,
  type Finding,
  readArchive,
} from "../archive/index.ts";
import { isBackupError } from "../base/index.ts";
import { assertArchiveOf } from "../catalog/index.ts";
import { createFileSink, createPrivateDirectory, removeTree } from "../filesystem/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../sqlite/index.ts";
import { checkUnpacked } from "./check-unpacked.ts";
import { progressOf } from "./progress.ts";
import type { VerifyOptions, VerifyReport } from "./types.ts";

/**
 * Reads an archive to its end and checks all there is to check, in one download: the stored bytes against their recorded SHA-256, each
 * file against the file list, each database opened with integrity and foreign-key checks.
 *
 * Databases are unpacked one at a time into a private directory; nothing else touches the disk.
 * @throws BackupError `wrong-password`; storage errors; `cancelled`. Damage is a finding.
 */
export async function verifyArchive(options: VerifyOptions): Promise<VerifyReport> {
  const { source } = options;
  const checked = { files: 0, bytes: 0, databases: 0 };
  const findings: Finding[] = [];
  const stored = hashing(source.open(), options);
  try {
    findings.push(...(await checkContents(stored.bytes, checked, options)));
  } catch (error) {
    if (!isBackupError(error, ...DAMAGE)) {
      await stored.close();
      throw error;
    }
    const code =
      error.code === "limit-exceeded" || error.code === "path-outside-target"
        ? "data-corrupt"
        : error.code;
    findings.push({ code: code as Finding["code"], message: error.message });
  }
  await stored.drain();
  const sha256 = stored.digest();
  if (source.sha256 !== undefined && sha256 !== source.sha256) {
    const message = `${source.label}: stored bytes have SHA-256 ${sha256}, recorded is ${source.sha256}`;
    findings.unshift({ code: "data-corrupt", message });
  }
  return { ok: findings.length === 0, backup: source.backup ?? null, checked, findings };
}

/** What damage looks like when it stops the reader; everything else keeps the check itself from running. */
const DAMAGE = [
  "data-corrupt",
  "data-missing",
  "manifest-mismatch",
  "unsupported-format",
  "limit-exceeded",
  "path-outside-target",
  "storage-object-not-found",
] as const;

async function checkContents(
  stored: AsyncIterable<Uint8Array>,
  checked: { files: number; bytes: number; databases: number },
  options: VerifyOptions,
): Promise<Finding[]> {
  const isEncrypted = options.passphrases.length > 0 || options.privateKeys.length > 0;
  const reader = readArchive(isEncrypted ? decryptStream(stored, options) : stored, {
    signal: options.signal,
  });
  const audit = createArchiveAudit();
  const damaged = new Map<string, Finding>();
  await using scratch = await createPrivateDirectory(options.temporaryDirectory, "verify");
  for await (const found of reader) {
    const entry = audit.watch(found);
    const problem = await checkEntry(entry, join(scratch.path, "database"), checked, options);
    if (problem !== undefined) damaged.set(entry.path, problem);
    options.onProgress?.({ type: "progress", ...progressOf(checked, options.source.backup) });
  }
  const contents = reader.contents();
  if (options.source.backup !== undefined)
    assertArchiveOf(options.source.backup, contents.clawback);
  for (const path of omittedPaths(contents)) damaged.delete(path);
  return [...audit.findings(contents), ...damaged.values()];
}

/** Paths that are in the archive but marked as omitted there: their bytes are known not to be the file. */
function omittedPaths(contents: ArchiveContents): string[] {
  return (contents.fileList?.omissions ?? []).map((omission) => omission.path);
}

async function checkEntry(
  entry: ArchiveEntry,
  scratchFile: string,
  checked: { files: number; bytes: number; databases: number },
  options: VerifyOptions,
): Promise<Finding | undefined> {
  if (entry.type !== "file") {
    if (entry.type === "hardlink") checked.files++;
    for await (const _ of entry.body);
    return undefined;
  }
  checked.files++;
  let sink: Awaited<ReturnType<typeof createFileSink>> | undefined;
  try {
    let isFirst = true;
    for await (const chunk of entry.body) {
      if (
        isFirst &&
        entry.role === "payload" &&
        chunk.length >= SQLITE_HEADER_BYTES &&
        isSqliteHeader(chunk)
      ) {
        sink = await createFileSink(scratchFile, { mode: 0o600 });
      }
      isFirst = false;
      checked.bytes += chunk.length;
      await sink?.write(chunk);
    }
    if (sink === undefined) return undefined;
    await sink.publish();
    checked.databases++;
    return await checkUnpacked(entry.path, scratchFile, options);
  } finally {
    await sink?.[Symbol.asyncDispose]();
    removeTree(scratchFile);
  }
}

/**
 * Passes a stream on while hashing it; `drain` reads what the consumer left, so that the hash is of all stored bytes, and `close` gives
 * that up.
 */
function hashing(
  source: AsyncIterable<Uint8Array>,
  options: VerifyOptions,
): {
  bytes: AsyncIterable<Uint8Array>;
  drain(): Promise<void>;
  close(): Promise<void>;
  digest(): string;
} {
  const hash = createHash("sha256");
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (isDone) return { done: true, value: undefined };
    const step = await iterator.next();
    if (step.done) isDone = true;
    else hash.update(step.value);
    return step;
  };
  options.onProgress?.({ type: "phase", phase: "verifying" });
  return {
    // No `return`: ending early must leave the source open for `drain`.
    bytes: { [Symbol.asyncIterator]: () => ({ next }) },
    drain: async () => {
      while (!(await next()).done);
    },
    close: async () => {
      isDone = true;
      await iterator.return?.();
    },
    digest: () => hash.digest("hex"),
  };
}
