import { DeleteObjectCommand } from "@aws-sdk/client-s3";
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
import { assertFolderPrefix, assertKey } from "../keys.ts";
import { collect } from "../streams.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { download } from "./download.ts";
import { readFeatures } from "./features.ts";
import { findObject, listFolderNames, listObjects, listObjectVersions } from "./listing.ts";
import { putObject } from "./put.ts";
import { sweepMultipartUploads } from "./sweep.ts";
import { putObjectStream } from "./upload.ts";

/** A whole bucket as storage. */
export class S3Storage implements ObjectStorage {
  readonly location: string;
  readonly #bucket: S3Bucket;
  #features: StorageFeatures | undefined;

  constructor(bucket: S3Bucket) {
    this.location = bucket.location;
    this.#bucket = bucket;
  }

  async features({ signal }: CallOptions = {}): Promise<StorageFeatures> {
    this.#features ??= await readFeatures(this.#bucket, signal);
    return this.#features;
  }

  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    assertKey(key);
    return await putObject(this.#bucket, key, body, options);
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<PutResult> {
    assertKey(key);
    return await putObjectStream(this.#bucket, key, body, options);
  }

  async get(key: string, maxBytes: number, options?: GetOptions): Promise<Uint8Array> {
    assertKey(key);
    return await collect(download(this.#bucket, key, { ...options, maxBytes }), key, maxBytes);
  }

  async *getStream(key: string, options?: GetOptions): AsyncGenerator<Uint8Array> {
    assertKey(key);
    yield* download(this.#bucket, key, options);
  }

  async find(key: string, { signal }: CallOptions = {}): Promise<ObjectInfo | undefined> {
    assertKey(key);
    return await findObject(this.#bucket, key, signal);
  }

  list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    return listObjects(this.#bucket, prefix, options);
  }

  async *listFolders(prefix: string, { signal }: CallOptions = {}): AsyncGenerator<string> {
    assertFolderPrefix(prefix);
    yield* await listFolderNames(this.#bucket, prefix, signal);
  }

  listVersions(prefix: string, { signal }: CallOptions = {}): AsyncGenerator<ObjectVersion> {
    return listObjectVersions(this.#bucket, prefix, signal);
  }

  async delete(key: string, { signal }: CallOptions = {}): Promise<void> {
    assertKey(key);
    const command = new DeleteObjectCommand({ ...this.#bucket.base, Key: key });
    await request(this.#bucket, { operation: "DeleteObject", key, signal }, (send) =>
      this.#bucket.client.send(command, send),
    );
  }

  async sweepUploads(prefix: string, olderThan: Date, options: SweepOptions = {}): Promise<number> {
    return await sweepMultipartUploads(this.#bucket, prefix, olderThan, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bucket.client.destroy();
  }
}
