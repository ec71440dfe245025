import type { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { BackupError, isBackupError, quote } from "../../base/index.ts";
import type { GetOptions } from "../contract.ts";
import { objectTooLarge } from "../failures.ts";
import { assertRange } from "../ranges.ts";
import { repeat } from "../repeat.ts";
import { untilCancelled } from "../streams.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { translateS3Error } from "./errors.ts";
import { watchIdle } from "./idle-watch.ts";

export interface DownloadOptions extends GetOptions {
  /** @throws BackupError `limit-exceeded` before anything is read when there is more. @default unlimited */
  readonly maxBytes?: number | undefined;
}

interface Body {
  readonly stream: Readable;
  readonly etag: string | undefined;
  /** Position in the object behind the last byte of this body. */
  readonly end: number;
}

/**
 * Reads an object or a range of it. A transfer that breaks off or stalls goes on behind the last byte given, by the bucket's retry
 * options, provided that the ETag is still the same; the first request is made once. Ending the iteration closes the connection.
 */
export async function* download(
  bucket: S3Bucket,
  key: string,
  options: DownloadOptions = {},
): AsyncGenerator<Uint8Array> {
  const transfer = new Transfer(bucket, key, options);
  if (options.range?.lengthBytes === 0) return;
  try {
    let step = await transfer.next();
    while (!step.done) {
      yield step.value;
      step = await repeat(() => transfer.next(), bucket.retry, options.signal);
    }
  } finally {
    transfer.close();
  }
}

class Transfer {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #options: DownloadOptions;
  #position: number;
  #end: number | undefined;
  #etag: string | undefined;
  #body: Readable | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;

  constructor(bucket: S3Bucket, key: string, options: DownloadOptions) {
    if (options.range !== undefined) assertRange(options.range);
    const { offsetBytes = 0, lengthBytes } = options.range ?? {};
    this.#bucket = bucket;
    this.#key = key;
    this.#options = options;
    this.#position = offsetBytes;
    this.#end = lengthBytes === undefined ? undefined : offsetBytes + lengthBytes;
  }

  /** The next chunk; after a failure, of a new request for what is missing. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#chunks ??= await this.#open();
    if (this.#chunks === undefined) return { done: true, value: undefined };
    try {
      const step = await this.#chunks.next();
      if (!step.done) {
        this.#position += step.value.byteLength;
        return step;
      }
    } catch (error) {
      this.close();
      throw this.#translate(error);
    }
    this.close();
    if (this.#position === this.#end) return { done: true, value: undefined };
    throw new BackupError(
      "storage-unavailable",
      `${this.#bucket.location}: object ${quote(this.#key)} broke off at byte ${this.#position} of ${this.#end}`,
    );
  }

  close(): void {
    this.#body?.destroy();
    // Left where it stands, it would watch for ever whether the body goes on, and keep the process from ending.
    this.#chunks?.return?.()?.catch(() => undefined);
    this.#body = undefined;
    this.#chunks = undefined;
  }

  /** Undefined when the range lies behind the end of the object. */
  async #open(): Promise<AsyncIterator<Uint8Array> | undefined> {
    const { clock, timeouts } = this.#bucket;
    try {
      const { stream, etag, end } = await this.#request();
      this.#body = stream;
      this.#etag = etag;
      this.#end = end;
      const { maxBytes = Number.POSITIVE_INFINITY, signal } = this.#options;
      if (end - this.#position > maxBytes) {
        throw objectTooLarge(this.#key, end - this.#position, maxBytes);
      }
      const watched = watchIdle(stream, { clock, idleMs: timeouts.downloadIdleMs });
      return untilCancelled(watched, signal)[Symbol.asyncIterator]();
    } catch (error) {
      this.close();
      const isBehindEnd = isBackupError(error) && error.details.serviceCode === "InvalidRange";
      if (isBehindEnd && this.#etag === undefined) return undefined;
      throw error;
    }
  }

  async #request(): Promise<Body> {
    const { client, base } = this.#bucket;
    const range = this.#range();
    const { versionId } = this.#options;
    const command = new GetObjectCommand({
      ...base,
      Key: this.#key,
      ...(versionId === undefined ? {} : { VersionId: versionId }),
      ...(range === undefined ? {} : { Range: range }),
      ...(this.#etag === undefined ? {} : { IfMatch: this.#etag }),
    });
    const facts = { operation: "GetObject", key: this.#key, signal: this.#options.signal } as const;
    try {
      const output = await request(this.#bucket, facts, (send) => client.send(command, send));
      return this.#bodyOf(output, range !== undefined);
    } catch (error) {
      if (isBackupError(error, "storage-conflict")) throw this.#changed(error);
      throw error;
    }
  }

  #range(): string | undefined {
    if (this.#position === 0 && this.#end === undefined) return undefined;
    return `bytes=${this.#position}-${this.#end === undefined ? "" : this.#end - 1}`;
  }

  #bodyOf(output: GetObjectCommandOutput, isRange: boolean): Body {
    const stream = output.Body as Readable;
    const span = /^bytes (\d+)-(\d+)\//.exec(output.ContentRange ?? "");
    if (isRange && Number(span?.[1]) !== this.#position) {
      stream.destroy();
      throw new BackupError(
        "storage-rejected",
        `${this.#bucket.location} does not answer with the range of object ${quote(this.#key)} that was asked for`,
      );
    }
    const end = span === null ? (output.ContentLength ?? 0) : Number(span[2]) + 1;
    return { stream, etag: output.ETag, end };
  }

  #changed(cause: BackupError): BackupError {
    return new BackupError(
      "data-corrupt",
      `${this.#bucket.location}: object ${quote(this.#key)} was replaced while it was read`,
      { details: { key: this.#key, etag: this.#etag }, cause },
    );
  }

  #translate(error: unknown): BackupError {
    return translateS3Error(error, {
      operation: "GetObject",
      key: this.#key,
      bucket: this.#bucket,
    });
  }
}
