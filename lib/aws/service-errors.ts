import { BackupError, type ErrorCode, escapeText } from "../base/index.ts";
import { translateConnectionError } from "./connection-errors.ts";
import { type AwsFailure, readFailure } from "./failure.ts";

/** What was asked of whom, for the message. */
export interface AwsCall {
  /** Whom the message is about: `s3://bucket`, `KMS key alias/backup`. */
  readonly subject: string;
  /** This machine's time at the failure. */
  readonly now: Date;
}

interface Meaning {
  readonly names: RegExp;
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint: string;
}

/** Answers that mean the same from every AWS service; the first that fits counts. */
const MEANINGS: readonly Meaning[] = [
  {
    names: /^(ExpiredToken(Exception)?|TokenRefreshRequired|RequestExpired)$/,
    code: "storage-access-denied",
    text: "the credentials have expired",
    hint: "renew them; for single sign-on with `aws sso login`",
  },
  {
    names:
      /^(InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidToken|InvalidSecurity)$/,
    code: "storage-access-denied",
    text: "the access key is not known there",
    hint: "check the access key id, and that it belongs to this service",
  },
  {
    names: /^(SignatureDoesNotMatch|InvalidSignatureException)$/,
    code: "storage-access-denied",
    text: "the secret access key does not belong to the access key id",
    hint: "enter the secret access key again",
  },
  {
    names:
      /^(SlowDown\w*|TooManyRequests\w*|Throttl\w+|RequestThrottled\w*|RequestLimitExceeded|BandwidthLimitExceeded|ServerBusy|ServiceUnavailable)$/,
    code: "storage-throttled",
    text: "the service asks to slow down",
    hint: "try again later, or set a bandwidth limit",
  },
  {
    names: /^RequestTimeout(Exception)?$/,
    code: "storage-timeout",
    text: "the service waited too long for data",
    hint: "check this machine's network connection",
  },
  {
    names:
      /^(InternalError|InternalFailure|InternalServerError|OperationAborted|ConditionalRequestConflict)$/,
    code: "storage-unavailable",
    text: "the service failed on its side",
    hint: "try again later",
  },
];

/**
 * Explains failures that every AWS service shares: no answer, no credentials, a wrong clock, throttling, faults on its side.
 * @returns Undefined when the answer is particular to the service.
 */
export function translateAwsError(error: unknown, call: AwsCall): BackupError | undefined {
  if (error instanceof BackupError) return error;
  const failure = readFailure(error);
  if (failure.name === "AbortError") {
    return new BackupError("cancelled", "interrupted", { cause: error });
  }
  return (
    translateCredentialError(failure, call, error) ??
    translateClockError(failure, call, error) ??
    translateConnectionError(failure, call.subject, error) ??
    translateAnswer(failure, call, error)
  );
}

function translateCredentialError(
  failure: AwsFailure,
  { subject }: AwsCall,
  cause: unknown,
): BackupError | undefined {
  const { name, message } = failure;
  if (message === "Region is missing") {
    return new BackupError("invalid-settings", `${subject} has no region`, {
      hint: "give the storage a region, or set AWS_REGION",
      cause,
    });
  }
  if (!/^(CredentialsProviderError|TokenProviderError|ProviderError)$/.test(name)) return undefined;
  const isSso = /\bsso\b|expired|aws login/i.test(message);
  return new BackupError(
    "storage-access-denied",
    `no credentials for ${subject}: ${firstSentence(message)}`,
    {
      hint: isSso
        ? "sign in again, for single sign-on with `aws sso login`"
        : "give the storage an access key or a profile, or this machine a role",
      cause,
    },
  );
}

function translateClockError(
  failure: AwsFailure,
  { subject, now }: AwsCall,
  cause: unknown,
): BackupError | undefined {
  const isSkewed =
    /^(RequestTimeTooSkewed|RequestInTheFuture)$/.test(failure.name) ||
    (failure.name === "InvalidSignatureException" && /expired|not yet/i.test(failure.message));
  if (!isSkewed) return undefined;
  const server = new Date(String(failure.fields.ServerTime ?? failure.headers.date ?? ""));
  const serverTime = Number.isNaN(server.getTime()) ? undefined : server.toISOString();
  const localTime = now.toISOString();
  return new BackupError(
    "storage-rejected",
    `${subject} refuses this machine's clock: here it is ${localTime}, there ${serverTime ?? "it differs by more than 15 minutes"}`,
    {
      details: { localTime, serverTime },
      hint: "set this machine's clock, best by NTP",
      cause,
    },
  );
}

function translateAnswer(
  failure: AwsFailure,
  { subject }: AwsCall,
  cause: unknown,
): BackupError | undefined {
  const meaning =
    MEANINGS.find(({ names }) => names.test(failure.name)) ?? byStatus(failure.status);
  if (meaning === undefined) return undefined;
  return new BackupError(meaning.code, `${subject}: ${meaning.text} (${failure.name})`, {
    details: failureDetails(failure),
    hint: meaning.hint,
    cause,
  });
}

function byStatus(status: number | undefined): Meaning | undefined {
  const like = (name: string): Meaning | undefined =>
    MEANINGS.find(({ names }) => names.test(name));
  if (status === 429 || status === 503) return like("SlowDown");
  return status === 500 || status === 502 || status === 504 ? like("InternalError") : undefined;
}

/** Facts about an answer for programs and for whoever asks the service's support. */
export function failureDetails(failure: AwsFailure): Record<string, unknown> {
  return {
    serviceCode: failure.name,
    httpStatus: failure.status,
    requestId: failure.requestId,
  };
}

/** The beginning of a foreign message, safe to show: its first line, at most 200 characters, without full stop. */
export function firstSentence(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return escapeText(line.slice(0, 200).replace(/\.$/, ""));
}
