import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { assertNotCancelled, BackupError, quote, systemCode } from "../../base/index.ts";
import type {
  CallOptions,
  GetOptions,
  ListOptions,
  ObjectInfo,
  ObjectStorage,
  ObjectVersion,
  PutOptions,
  PutResult,
  PutStreamOptions,
  StorageFeatures,
  SweepOptions,
} from "../contract.ts";
import { objectExists, objectNotFound, objectTooLarge } from "../failures.ts";
import { assertFolderPrefix, foldersOf } from "../keys.ts";
import { resolveRange } from "../ranges.ts";
import { untilCancelled } from "../streams.ts";
import { type DirectoryCall, directoryMissing, translateSystemError } from "./errors.ts";
import { removeEmptyFolders } from "./folders.ts";
import { assertUnlinked, pathOf } from "./paths.ts";
import { canLink, TemporaryFile } from "./temporary-file.ts";
import { infoOfPath, infoOfStats, walkFiles } from "./walk.ts";

const CHUNK_BYTES = 512 * 1024;

/** Objects as files below a directory, under their keys as paths. */
export class DirectoryStorage implements ObjectStorage {
  readonly location: string;
  /** As `realpath` gives it. */
  readonly #root: string;

  constructor(root: string, location: string) {
    this.location = location;
    this.#root = root;
  }

  async features(): Promise<StorageFeatures> {
    await this.#assertRoot();
    return {
      conditionalCreate: await canLink(this.#root),
      versioning: false,
      objectLock: false,
      serverSideEncryption: "none",
      equalParts: false,
    };
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    const whole = async function* (): AsyncGenerator<Uint8Array> {
      yield body;
    };
    return await this.putStream(key, whole(), options);
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: PutStreamOptions = {},
  ): Promise<PutResult> {
    const path = pathOf(this.#root, key);
    assertNotCancelled(options.signal);
    await using file = await TemporaryFile.create(this.#root, path);
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of untilCancelled(body, options.signal)) {
      hash.update(chunk);
      await file.write(chunk);
      sizeBytes += chunk.byteLength;
      const totalBytes = options.estimatedSizeBytes;
      options.onProgress?.({ type: "progress", bytes: sizeBytes, totalBytes });
    }
    const sha256 = hash.digest("hex");
    const isPublished = await file.publish(options.ifAbsent ?? false);
    const stored = await this.find(key);
    const isOurs = isPublished || (await this.#holds(key, stored, { sizeBytes, sha256 }));
    if (stored === undefined || !isOurs) throw objectExists(this.location, key);
    return { key, sizeBytes, sha256, etag: stored.etag };
  }

  async get(key: string, maxBytes: number, options: GetOptions = {}): Promise<Uint8Array> {
    await using file = await this.#open(key);
    const { sizeBytes } = await this.#stat(file, key, options.versionId);
    const { start, end } = resolveRange(options.range, sizeBytes);
    if (end - start > maxBytes) throw objectTooLarge(key, end - start, maxBytes);
    assertNotCancelled(options.signal);
    return await this.#read(file, { start, end }, key);
  }

  async *getStream(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    await using file = await this.#open(key);
    const { sizeBytes } = await this.#stat(file, key, options.versionId);
    const { start, end } = resolveRange(options.range, sizeBytes);
    for (let position = start; position < end; position += CHUNK_BYTES) {
      assertNotCancelled(options.signal);
      const span = { start: position, end: Math.min(position + CHUNK_BYTES, end) };
      yield await this.#read(file, span, key);
    }
  }

  async find(key: string, options: CallOptions = {}): Promise<ObjectInfo | undefined> {
    const path = pathOf(this.#root, key);
    assertNotCancelled(options.signal);
    return await this.#try({ path, action: "read" }, async () => {
      await assertUnlinked(this.#root, path);
      const found = await infoOfPath(path, key);
      if (found === undefined) await this.#assertRoot();
      return found;
    });
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const { signal, startAfter } = options;
    await this.#assertRoot();
    try {
      for await (const file of walkFiles(this.#root, { prefix, startAfter })) {
        assertNotCancelled(signal);
        if (file.isTemporary) continue;
        const found = await infoOfPath(file.path, file.key);
        if (found !== undefined) yield found;
      }
    } catch (error) {
      throw this.#translate(error, { path: this.#root, action: "list" });
    }
  }

  async *listFolders(prefix: string, options: CallOptions = {}): AsyncGenerator<string> {
    assertFolderPrefix(prefix);
    yield* await foldersOf(this.list(prefix, options), prefix);
  }

  async *listVersions(prefix: string, options: CallOptions = {}): AsyncGenerator<ObjectVersion> {
    for await (const info of this.list(prefix, options)) {
      yield { ...info, versionId: info.etag, isLatest: true, isDeleteMarker: false };
    }
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    const path = pathOf(this.#root, key);
    if ((await this.find(key, options)) === undefined) return;
    await this.#try({ path, action: "delete" }, () => unlinkIfThere(path));
    await removeEmptyFolders(this.#root, dirname(path));
  }

  async sweepUploads(prefix: string, olderThan: Date, options: SweepOptions = {}): Promise<number> {
    await this.#assertRoot();
    let removed = 0;
    return await this.#try({ path: this.#root, action: "delete" }, async () => {
      for await (const file of walkFiles(this.#root, { prefix })) {
        assertNotCancelled(options.signal);
        if (!file.isTemporary) continue;
        const found = await infoOfPath(file.path, file.key);
        // The time of the last write: an upload that is still going on is spared.
        if (found === undefined || found.modifiedAt >= olderThan) continue;
        removed += 1;
        if (options.countOnly === true) continue;
        await unlinkIfThere(file.path);
        await removeEmptyFolders(this.#root, dirname(file.path));
      }
      return removed;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #open(key: string): Promise<FileHandle> {
    const path = pathOf(this.#root, key);
    return await this.#try({ path, action: "read" }, async () => {
      await assertUnlinked(this.#root, path);
      // Not blocking, so that a fifo under an object's name is refused instead of waited for.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      try {
        return await open(path, flags);
      } catch (error) {
        if (!["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"].includes(systemCode(error) ?? "")) {
          throw error;
        }
        await this.#assertRoot();
        throw objectNotFound(this.location, key, error);
      }
    });
  }

  async #stat(file: FileHandle, key: string, versionId?: string): Promise<ObjectInfo> {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw objectNotFound(this.location, key);
    const info = infoOfStats(stats, key);
    if (versionId !== undefined && versionId !== info.etag)
      throw objectNotFound(this.location, key);
    return info;
  }

  async #read(
    file: FileHandle,
    { start, end }: { start: number; end: number },
    key: string,
  ): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(end - start);
    for (let done = 0; done < buffer.byteLength; ) {
      const { bytesRead } = await this.#try({ path: key, action: "read" }, () =>
        file.read(buffer, done, buffer.byteLength - done, start + done),
      );
      if (bytesRead === 0) {
        throw new BackupError(
          "data-corrupt",
          `object ${quote(key)} became shorter while it was read`,
          {
            details: { location: this.location, key },
          },
        );
      }
      done += bytesRead;
    }
    return buffer;
  }

  /** Whether what is stored under `key` are the bytes of a put that found the name taken. */
  async #holds(
    key: string,
    stored: ObjectInfo | undefined,
    ours: { readonly sizeBytes: number; readonly sha256: string },
  ): Promise<boolean> {
    if (stored?.sizeBytes !== ours.sizeBytes) return false;
    const hash = createHash("sha256");
    for await (const chunk of this.getStream(key)) hash.update(chunk);
    return hash.digest("hex") === ours.sha256;
  }

  async #assertRoot(): Promise<void> {
    const found = await this.#try({ path: this.#root, action: "read" }, () =>
      stat(this.#root).catch((error: unknown) => {
        if (systemCode(error) === "ENOENT") throw directoryMissing(this.#root, error);
        throw error;
      }),
    );
    if (!found.isDirectory()) throw directoryMissing(this.#root);
  }

  async #try<T>(call: Omit<DirectoryCall, "root">, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#translate(error, call);
    }
  }

  #translate(error: unknown, call: Omit<DirectoryCall, "root">): BackupError {
    return translateSystemError(error, { root: this.#root, ...call });
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
