import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { Upload } from "@aws-sdk/lib-storage";
import { assertNotCancelled, toBackupError } from "../../base/index.ts";
import type { PutResult, PutStreamOptions } from "../contract.ts";
import type { S3Bucket } from "./bucket.ts";
import { choosePartSize } from "./part-size.ts";
import { createOnly, findTaken, resolveConflict } from "./put.ts";
import { UPLOAD_NAME } from "./stored-content.ts";
import { UploadSender } from "./upload-sender.ts";
import { UploadSource } from "./upload-source.ts";

/**
 * Stores a stream of unknown length: in one request when it fits into one part, otherwise as a multipart upload.
 *
 * Parts are whole buffers, so that each can be sent again. `Upload` of the SDK cuts and counts them; sending, repeating, cancelling
 * and aborting go through {@link UploadSender}, because `Upload` gives its requests no signal, repeats none, and leaves parts behind in
 * some failures (aws/aws-sdk-js-v3#8299, #5109).
 */
export async function putObjectStream(
  bucket: S3Bucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  options: PutStreamOptions = {},
): Promise<PutResult> {
  assertNotCancelled(options.signal);
  const partSize = choosePartSize(options.estimatedSizeBytes);
  const source = new UploadSource(body, partSize);
  if (await findTaken(bucket, key, options)) {
    for await (const _ of source.pieces(options.signal));
    const etag = await resolveConflict(bucket, key, source.content, options);
    return { key, ...source.content, etag };
  }
  const uploadName = randomUUID();
  const { signal, ifAbsent = false, contentType } = options;
  await using sender = new UploadSender(bucket, { key, source, uploadName, signal });
  const upload = new Upload({
    client: sender.client,
    queueSize: bucket.service.partConcurrency,
    partSize,
    leavePartsOnError: true,
    params: {
      ...bucket.base,
      ...bucket.encryption,
      ...createOnly(bucket, ifAbsent),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(bucket.service.checksums === "sha256" ? { ChecksumAlgorithm: "SHA256" } : {}),
      Key: key,
      Metadata: { [UPLOAD_NAME]: uploadName },
      Body: Readable.from(sender.pieces(), { objectMode: true, highWaterMark: 1 }),
    },
  });
  const totalBytes = options.estimatedSizeBytes;
  upload.on("httpUploadProgress", ({ loaded }) => {
    options.onProgress?.({ type: "progress", bytes: loaded, totalBytes });
  });
  const output = await finish(upload, sender);
  await sender.assertEncrypted();
  return { key, ...source.content, etag: output.ETag ?? "" };
}

async function finish(
  upload: Upload,
  sender: UploadSender,
): Promise<{ readonly ETag?: string | undefined }> {
  try {
    return await upload.done();
  } catch (error) {
    throw sender.failure === undefined ? toBackupError(error) : sender.failure.error;
  }
}
