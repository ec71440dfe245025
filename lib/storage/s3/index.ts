export type { S3StorageOptions, S3Timeouts } from "./options.ts";
