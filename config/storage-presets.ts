/**
 * What is particular about each S3 service. Adding one is adding an entry here and nothing else; `lib/storage/presets.ts` says
 * what the fields mean. Every fact stands in a source.
 *
 * @public
 */
export const STORAGE_PRESET_DATA = [
  {
    id: "aws",
    name: "Amazon S3",
    hosts: ["amazonaws.com", "amazonaws.com.cn"],
    addressing: "virtual",
    checksums: "sha256",
    conditionalCreate: true,
    equalParts: false,
    partConcurrency: 4,
    sse: ["kms", "s3"],
    versioning: true,
    note: "SSE-KMS with a key of your own is what setup proposes",
    source: ["https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"],
  },
  {
    id: "minio",
    name: "MinIO",
    hosts: [],
    region: "us-east-1",
    addressing: "path",
    checksums: "required",
    conditionalCreate: true,
    equalParts: false,
    partConcurrency: 3,
    sse: ["kms", "s3"],
    versioning: true,
    note: "x",
    source: ["x"],
  },
  {
    id: "other",
    name: "another S3 service",
    hosts: [],
    region: "us-east-1",
    addressing: "path",
    checksums: "required",
    conditionalCreate: false,
    equalParts: false,
    partConcurrency: 3,
    sse: ["kms", "s3"],
    versioning: true,
    note: "assumes as little as possible",
    source: ["https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html"],
  },
] as const;
