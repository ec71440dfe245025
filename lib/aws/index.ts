/**
 * The way to AWS, and to services that speak its protocols: credentials, clients, KMS, and what every service's errors mean.
 *
 * The SDK is imported when the first client is made, never at start. Clients do not retry, follow redirects, correct clocks or print:
 * those decisions are made once, above. Credentials come from keys given, a profile, or AWS's default chain, and are asked for
 * at the first request. Error answers that are particular to S3 are explained in `storage/s3/errors.ts`.
 *
 * @module
 */
export { createIamClient, createKmsClient, createS3Client, createStsClient } from "./clients.ts";
export { type AwsCredentials, type CredentialSource, resolveCredentials } from "./credentials.ts";
export { type AwsFailure, readFailure } from "./failure.ts";
export {
  checkKmsKey,
  decryptWithKms,
  type EncryptionContext,
  encryptWithKms,
  type KmsCiphertext,
  type KmsKeyFacts,
  type KmsOptions,
} from "./kms.ts";
export type { AwsClientOptions, CredentialOptions, S3ClientOptions } from "./options.ts";
export {
  type AwsCall,
  failureDetails,
  firstSentence,
  translateAwsError,
} from "./service-errors.ts";
export { publishToSns, type SnsMessage } from "./sns.ts";
