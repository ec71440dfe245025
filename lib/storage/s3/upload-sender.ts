import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { assertNotCancelled, BackupError, isBackupError } from "../../base/index.ts";
import type { PutOptions } from "../contract.ts";
import { repeat } from "../repeat.ts";
import { request, type S3Bucket, type SendOptions } from "./bucket.ts";
import { assertEncrypted } from "./encryption.ts";
import type { S3Operation } from "./errors.ts";
import { signPayload } from "./payload.ts";
import { resolveConflict } from "./put.ts";
import { SpentParts } from "./spent-parts.ts";
import { findOwnContent } from "./stored-content.ts";
import type { UploadSource } from "./upload-source.ts";

/** Aborting an upload must not hold up the failure that made it necessary. */
const ABORT_TIME_MS = 30_000;

export interface UploadSenderOptions extends PutOptions {
  readonly key: string;
  readonly source: UploadSource;
  /** Random; stands in the object's metadata. */
  readonly uploadName: string;
}

/**
 * Sends the requests of one upload: repeats each by the bucket's retry options, ends all of them at the first failure or
 * cancellation, and when disposed aborts what was not finished, so that no parts stay.
 */
export class UploadSender implements AsyncDisposable {
  /** Stands in for the bucket's client in `Upload`. */
  readonly client: S3Client;
  readonly #bucket: S3Bucket;
  readonly #options: UploadSenderOptions;
  readonly #control = new AbortController();
  readonly #spent = new SpentParts();
  #failure: { readonly error: unknown } | undefined;
  #uploadId: string | undefined;
  #isFinished = false;
  /** As the service answered it. Not every answer tells: MinIO's to the parts do, those to the beginning and the end do not. */
  #encryption: string | undefined;

  constructor(bucket: S3Bucket, options: UploadSenderOptions) {
    this.#bucket = bucket;
    this.#options = options;
    // Everything but `send` is the real client's.
    const send = (command: unknown): Promise<unknown> => this.#failing(() => this.#send(command));
    this.client = Object.create(bucket.client, { send: { value: send } });
    options.signal?.addEventListener("abort", this.#cancel, { once: true });
  }

  /** The failure that came first; those after it are its consequences. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** @throws BackupError `storage-rejected` when the object was stored without the encryption that was asked for */
  async assertEncrypted(): Promise<void> {
    const { client, base, encryption, location } = this.#bucket;
    if (encryption.ServerSideEncryption === undefined) return;
    const command = new HeadObjectCommand({ ...base, Key: this.#options.key });
    const head = (): Promise<{ ServerSideEncryption?: string | undefined }> =>
      this.#repeated("HeadObject", (send) => client.send(command, send));
    this.#encryption ??= (await head()).ServerSideEncryption;
    assertEncrypted(encryption, { ServerSideEncryption: this.#encryption }, location);
  }

  /** The source's pieces; its failure ends the upload. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#options.source.pieces(this.#control.signal);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#cancel);
    if (this.#uploadId === undefined || this.#isFinished) return;
    const command = new AbortMultipartUploadCommand({
      ...this.#bucket.base,
      Key: this.#options.key,
      UploadId: this.#uploadId,
    });
    const facts = { operation: "AbortMultipartUpload", key: this.#options.key } as const;
    const abort = (): Promise<unknown> =>
      request(this.#bucket, facts, (send) => this.#bucket.client.send(command, send));
    const { retry } = this.#bucket;
    const totalTimeMs = Math.min(retry.totalTimeMs, ABORT_TIME_MS);
    // What cannot be aborted now is left to `sweepUploads`.
    await repeat(abort, { ...retry, totalTimeMs }).catch(() => undefined);
  }

  readonly #cancel = (): void => {
    try {
      assertNotCancelled(this.#options.signal);
    } catch (error) {
      this.#fail(error);
    }
  };

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#control.abort(error instanceof BackupError ? error : undefined);
  }

  async #failing<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #send(command: unknown): Promise<unknown> {
    const { client } = this.#bucket;
    if (command instanceof UploadPartCommand) {
      const body = command.input.Body as Uint8Array;
      this.#spent.begin(body);
      signPayload(command, body, this.#bucket);
      const output = await this.#repeated("UploadPart", (send) => client.send(command, send));
      this.#spent.end(body);
      this.#encryption ??= output.ServerSideEncryption;
      return output;
    }
    if (command instanceof CreateMultipartUploadCommand) {
      const output = await this.#begin(command);
      this.#uploadId = output.UploadId;
      this.#encryption ??= output.ServerSideEncryption;
      return output;
    }
    if (command instanceof CompleteMultipartUploadCommand) {
      return await this.#finished("CompleteMultipartUpload", (send) => client.send(command, send));
    }
    if (command instanceof PutObjectCommand) {
      signPayload(command, command.input.Body as Uint8Array, this.#bucket);
      return await this.#finished("PutObject", (send) => client.send(command, send));
    }
    throw new BackupError("internal", "an upload sends a request that it should not need");
  }

  /** Not cancelled on its way: without the answer nobody could abort what it began. */
  #begin(command: CreateMultipartUploadCommand): Promise<CreateMultipartUploadCommandOutput> {
    const facts = { operation: "CreateMultipartUpload", key: this.#options.key } as const;
    const send = (): Promise<CreateMultipartUploadCommandOutput> =>
      request(this.#bucket, facts, () => this.#bucket.client.send(command));
    return repeat(send, this.#bucket.retry, this.#control.signal);
  }

  /** Sends the request that makes the object appear. When its answer is lost, it looks whether the object is there. */
  async #finished<T extends { ServerSideEncryption?: string | undefined }>(
    operation: S3Operation,
    send: Send<T>,
  ): Promise<T | { readonly ETag: string }> {
    try {
      const output = await this.#repeated(operation, send);
      this.#isFinished = true;
      this.#encryption ??= output.ServerSideEncryption;
      return output;
    } catch (error) {
      const etag = await this.#findStored(error);
      if (etag === undefined) throw error;
      return { ETag: etag };
    }
  }

  async #findStored(error: unknown): Promise<string | undefined> {
    if (!isBackupError(error)) return undefined;
    const { source, uploadName, key } = this.#options;
    const content = { ...source.content, uploadName };
    const { signal } = this.#control;
    if (error.code === "storage-conflict") {
      const resolve = (): Promise<string> =>
        resolveConflict(this.#bucket, key, content, { signal });
      return await repeat(resolve, this.#bucket.retry, signal);
    }
    // A repeated completion finds the upload gone when the first one, whose answer was lost, had worked.
    const mayBeThere = error.isRetryable || error.details.serviceCode === "NoSuchUpload";
    if (!mayBeThere) return undefined;
    const find = (): Promise<string | undefined> =>
      findOwnContent(this.#bucket, key, content, signal);
    return await repeat(find, this.#bucket.retry, signal).catch(() => undefined);
  }

  #repeated<T>(operation: S3Operation, send: Send<T>): Promise<T> {
    const { signal } = this.#control;
    const facts = { operation, key: this.#options.key, signal };
    return repeat(() => request(this.#bucket, facts, send), this.#bucket.retry, signal);
  }
}

type Send<T> = (options: SendOptions) => Promise<T>;
