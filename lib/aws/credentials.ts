import { BackupError } from "../base/index.ts";
import { SILENT } from "./logger.ts";
import type { CredentialOptions } from "./options.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The client asks its source again shortly before. */
  readonly expiration?: Date;
}

export type CredentialSource = () => Promise<AwsCredentials>;

/**
 * Makes the source of credentials for a client: the keys given, or the profile named, or else AWS's default chain (environment,
 * profile, single sign-on, web identity, container and instance role). Nothing is asked before the first request.
 * @throws BackupError `invalid-settings` when one half of a key pair is missing
 */
export async function resolveCredentials(options: CredentialOptions): Promise<CredentialSource> {
  const { profile, accessKeyId, secretAccessKey, sessionToken } = options;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? "access key id" : "secret access key";
    throw new BackupError("invalid-settings", `the ${missing} is missing`, {
      hint: "give access key id and secret access key together, or neither",
    });
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return async () => ({
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    });
  }
  const providers = await import("@aws-sdk/credential-providers");
  return profile === undefined
    ? providers.fromNodeProviderChain({ logger: SILENT })
    : providers.fromIni({ profile, logger: SILENT });
}
