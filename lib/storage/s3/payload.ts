import { hash } from "node:crypto";
import type { PutObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import type { S3Bucket } from "./bucket.ts";

/**
 * Signs a body with its SHA-256, so that the service refuses other bytes; computed here once, because the SDK's own way costs twice
 * the time. Where the service knows checksums it also stores this one and answers with it.
 * @param known - The hash, where the caller knows it: the service holds the body against it.
 * @returns The hash, 64 lowercase hex digits.
 */
export function signPayload(
  command: PutObjectCommand | UploadPartCommand,
  body: Uint8Array,
  bucket: S3Bucket,
  known?: string | undefined,
): string {
  const hex = known ?? hash("sha256", body, "hex");
  if (bucket.service.checksums === "sha256")
    command.input.ChecksumSHA256 = Buffer.from(hex, "hex").toString("base64");
  // Both kinds of command take the same middleware; their types only differ in what it may not touch.
  const stack = command.middlewareStack as PutObjectCommand["middlewareStack"];
  stack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers["x-amz-content-sha256"] = hex;
      return next(args);
    },
    { step: "build", name: "clawbackPayloadHash", override: true },
  );
  return hex;
}
