/** What kind of failure a code belongs to; the order is that of the table below. */
export type ErrorCategory =
  | "usage"
  | "refused"
  | "not-found"
  | "access"
  | "busy"
  | "storage"
  | "integrity"
  | "limits"
  | "control"
  | "bug";

export interface ErrorFacts {
  readonly category: ErrorCategory;
  /** Exit code of the program. 1, 3, 10, 11, 12 and 130 mean what they mean for restic. */
  readonly exitCode: number;
  readonly httpStatus: number;
  /** Whether trying the same call again can succeed. Never true for `integrity`. */
  readonly retryable: boolean;
}

const facts = (
  category: ErrorCategory,
  exitCode: number,
  httpStatus: number,
  retryable = false,
): ErrorFacts => ({ category, exitCode, httpStatus, retryable });

export type ErrorCode =
  | "invalid-argument"
  | "invalid-settings"
  | "not-configured"
  | "confirmation-required"
  | "ambiguous-id"
  | "not-supported"
  | "version-too-new"
  | "no-space"
  | "policy-refused"
  | "target-not-empty"
  | "plan-outdated"
  | "repository-exists"
  | "installation-not-found"
  | "repository-not-found"
  | "snapshot-not-found"
  | "archive-not-found"
  | "path-not-found"
  | "wrong-password"
  | "storage-access-denied"
  | "source-unreadable"
  | "home-unusable"
  | "repository-locked"
  | "job-running"
  | "gateway-running"
  | "storage-unavailable"
  | "storage-throttled"
  | "storage-timeout"
  | "storage-not-found"
  | "storage-object-not-found"
  | "storage-conflict"
  | "storage-full"
  | "storage-rejected"
  | "data-corrupt"
  | "data-missing"
  | "index-incomplete"
  | "manifest-mismatch"
  | "unsupported-format"
  | "limit-exceeded"
  | "path-outside-target"
  | "cancelled"
  | "internal";

/** The one table of failures. The faces and the retry wrapper read it and nothing else. */
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorFacts>> = {
  "invalid-argument": facts("usage", 2, 400),
  "invalid-settings": facts("usage", 2, 422),
  "not-configured": facts("usage", 2, 409),
  "confirmation-required": facts("usage", 2, 409),
  "ambiguous-id": facts("usage", 2, 409),
  "not-supported": facts("usage", 2, 501),

  "version-too-new": facts("refused", 1, 409),
  "no-space": facts("refused", 1, 409),
  "policy-refused": facts("refused", 1, 409),
  "target-not-empty": facts("refused", 1, 409),
  "plan-outdated": facts("refused", 1, 409),
  "repository-exists": facts("refused", 1, 409),

  "installation-not-found": facts("not-found", 1, 404),
  "repository-not-found": facts("not-found", 10, 404),
  "snapshot-not-found": facts("not-found", 1, 404),
  "archive-not-found": facts("not-found", 1, 404),
  "path-not-found": facts("not-found", 1, 404),

  "wrong-password": facts("access", 12, 401),
  "storage-access-denied": facts("access", 1, 403),
  "source-unreadable": facts("access", 1, 403),
  "home-unusable": facts("access", 1, 403),

  "repository-locked": facts("busy", 11, 423, true),
  "job-running": facts("busy", 11, 423, true),
  "gateway-running": facts("busy", 1, 409, true),

  "storage-unavailable": facts("storage", 1, 502, true),
  "storage-throttled": facts("storage", 1, 503, true),
  "storage-timeout": facts("storage", 1, 504, true),
  "storage-not-found": facts("storage", 1, 404),
  "storage-object-not-found": facts("storage", 1, 404),
  "storage-conflict": facts("storage", 1, 409),
  "storage-full": facts("storage", 1, 507),
  "storage-rejected": facts("storage", 1, 502),

  "data-corrupt": facts("integrity", 1, 500),
  "data-missing": facts("integrity", 1, 500),
  "index-incomplete": facts("integrity", 1, 500),
  "manifest-mismatch": facts("integrity", 1, 500),
  "unsupported-format": facts("integrity", 1, 500),

  "limit-exceeded": facts("limits", 1, 413),
  "path-outside-target": facts("limits", 1, 400),

  cancelled: facts("control", 130, 499),
  internal: facts("bug", 1, 500),
};
