import { backupKeys, ensureLayout } from "../catalog/index.ts";
import type { ObjectStorage } from "../storage/index.ts";
import { commit } from "./commit.ts";
import { encryptionOf, makeArchive, sealed } from "./make-archive.ts";
import { writeToFile, writeToStream } from "./outside.ts";
import { type Finished, type NamedObject, recordOf, reportOf } from "./report.ts";
import { createStopping, type Stopping } from "./stopping.ts";
import type { BackupReport, CreateArchiveOptions } from "./types.ts";
import { Uncommitted } from "./uncommitted.ts";

/**
 * Captures an installation and writes it as one archive to its destination.
 *
 * Partial results are data: what could not be captured is in the report, and the archive is made all the same. On any failure
 * nothing is left that counts as a backup, and what was stored so far is removed where the credentials allow it. Runs at the same
 * time do not disturb each other.
 *
 * @throws BackupError `path-not-found` or `source-unreadable` when there was nothing to store at all; `source-unreadable` for a locked
 *   database under `onLocked: "fail"`; `target-not-empty` for an output file that exists; `data-corrupt` when the storage did not take
 *   what was sent; `cancelled`; what storage and home throw
 */
export async function createArchive(options: CreateArchiveOptions): Promise<BackupReport> {
  using stopping = createStopping(options.signal);
  const { destination } = options;
  switch (destination.type) {
    case "storage":
      return await createInStorage(options, destination.storage, stopping);
    case "file": {
      const { path } = destination;
      const finished = await makeArchive(options, stopping, ({ body }) => writeToFile(path, body));
      return reportOf(options, finished, path);
    }
    case "stream": {
      const { write } = destination;
      const finished = await makeArchive(options, stopping, ({ body }) =>
        writeToStream(write, body),
      );
      return reportOf(options, finished, "stream");
    }
  }
}

/** Archive, then file list, then the record: only that makes them a backup. */
async function createInStorage(
  options: CreateArchiveOptions,
  storage: ObjectStorage,
  stopping: Stopping,
): Promise<BackupReport> {
  // Not the signal of `stopping`: the failure that stops everything must not be taken for a cancellation of the upload.
  const { signal } = options;
  const names = namesOf(options);
  await ensureLayout(storage, { signal });
  await using uncommitted = new Uncommitted(storage);
  const finished = await makeArchive(options, stopping, ({ body, sent, estimatedSizeBytes }) => {
    const { contentType } = names;
    const put = { estimatedSizeBytes, contentType, signal };
    return uncommitted.putStream(names.archive, body, sent, put);
  });
  options.onProgress?.({ type: "phase", phase: "committing" });
  const fileList = await storeFileList(options, finished, uncommitted, signal);
  const archive = { name: nameOf(names.archive), ...finished.archive };
  await commit(storage, recordOf(options, finished, { archive, fileList }), uncommitted, signal);
  return reportOf(options, finished, `${storage.location}/${names.archive}`);
}

async function storeFileList(
  options: CreateArchiveOptions,
  { summary }: Finished,
  uncommitted: Uncommitted,
  signal: AbortSignal | undefined,
): Promise<NamedObject> {
  const { fileList, contentType } = namesOf(options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of sealed(once(summary.fileListGz), options)) chunks.push(chunk);
  const stored = await uncommitted.put(fileList, Buffer.concat(chunks), { contentType, signal });
  return { name: nameOf(fileList), ...stored };
}

function namesOf(options: CreateArchiveOptions): {
  readonly archive: string;
  readonly fileList: string;
  readonly contentType: string;
} {
  const keys = backupKeys(options.instance, options.id);
  return encryptionOf(options) === undefined
    ? { archive: keys.archive, fileList: keys.fileList, contentType: "application/gzip" }
    : {
        archive: keys.encryptedArchive,
        fileList: keys.encryptedFileList,
        contentType: "application/pgp-encrypted",
      };
}

/** The last segment of a key. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
