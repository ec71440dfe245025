import { systemCode } from "../base/index.ts";

/** What the SDK tells about a failed request, brought into one shape. */
export interface AwsFailure {
  /** The service's error code (`NoSuchBucket`), or the name of the error. */
  readonly name: string;
  readonly message: string;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** Node's or OpenSSL's code, when there was none. */
  readonly systemCode: string | undefined;
  readonly requestId: string | undefined;
  /** Headers of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Elements of the error answer, such as `Region` or `ServerTime`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads an error that an SDK client threw. */
export function readFailure(error: unknown): AwsFailure {
  const fields = asRecord(error);
  const metadata = asRecord(fields.$metadata);
  const response = asRecord(fields.$response);
  return {
    name: asText(fields.Code) ?? asText(fields.name) ?? "Error",
    message: asText(fields.message) ?? String(error),
    status: asNumber(metadata.httpStatusCode) ?? asNumber(response.statusCode),
    systemCode: findSystemCode(error),
    requestId: asText(metadata.requestId),
    headers: asRecord(response.headers) as Record<string, string>,
    fields,
  };
}

/** The code of a failed system call; connections tried by several addresses fail with one error that holds the others. */
function findSystemCode(error: unknown): string | undefined {
  const own = systemCode(error);
  if (own !== undefined || !(error instanceof Error)) return own;
  if (error instanceof AggregateError) return systemCode(error.errors[0]);
  return error.cause === undefined ? undefined : systemCode(error.cause);
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
const asText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;
