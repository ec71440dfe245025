import { BackupError, type ErrorCode } from "../base/index.ts";
import type { AwsFailure } from "./failure.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint: string;
}

const unavailable = (text: string, hint: string): Meaning => ({
  code: "storage-unavailable",
  text,
  hint,
});
/** Trying again does not change a certificate. */
const untrusted = (text: string, hint: string): Meaning => ({
  code: "storage-rejected",
  text,
  hint,
});

const CHECK_NETWORK = "check this machine's network connection";
const CHECK_ENDPOINT = "check endpoint, region and addressing, and this machine's name service";
const TRUST_AUTHORITY =
  "name the file with its authority's certificate in NODE_EXTRA_CA_CERTS, or give the server one of a public authority";
const SELF_SIGNED = untrusted("its certificate is self-signed", TRUST_AUTHORITY);
const UNKNOWN_AUTHORITY = untrusted(
  "its certificate is from an authority unknown here",
  TRUST_AUTHORITY,
);
const NO_TLS = untrusted(
  "it does not speak TLS there",
  "write http:// in the endpoint, or give the port of its https service",
);
const BROKEN = unavailable("the connection broke", CHECK_NETWORK);
const NO_ROUTE = unavailable("there is no route to it", CHECK_NETWORK);
const SLOW: Meaning = { code: "storage-timeout", text: "it does not answer", hint: CHECK_NETWORK };

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: unavailable("its host name is not known", CHECK_ENDPOINT),
  EAI_AGAIN: unavailable("host names cannot be resolved at the moment", CHECK_NETWORK),
  ECONNREFUSED: unavailable(
    "it refuses the connection",
    "check that the server runs, and host and port of the endpoint",
  ),
  ECONNRESET: BROKEN,
  ECONNABORTED: BROKEN,
  EPIPE: BROKEN,
  ERR_STREAM_PREMATURE_CLOSE: BROKEN,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENETDOWN: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  EMFILE: unavailable("too many files are open", "close other programs, or raise the limit"),
  ETIMEDOUT: SLOW,
  ESOCKETTIMEDOUT: SLOW,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: untrusted(
    "its certificate has expired",
    "renew it on the server; if it is valid, set this machine's clock",
  ),
  CERT_NOT_YET_VALID: untrusted(
    "its certificate is not valid yet",
    "set this machine's clock; if it is right, check the server's certificate",
  ),
  CERT_REVOKED: untrusted("its certificate was revoked", "renew it on the server"),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted(
    "its certificate is for another host name",
    "check the endpoint; for a bucket name with dots, or a server of your own, use path addressing",
  ),
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

/** Explains a request that got no answer: names, routes, TLS, time limits. Undefined when there was one. */
export function translateConnectionError(
  failure: AwsFailure,
  subject: string,
  cause: unknown,
): BackupError | undefined {
  if (failure.status !== undefined && failure.status >= 300) return undefined;
  const { systemCode } = failure;
  const meaning = findMeaning(failure);
  if (meaning === undefined) return undefined;
  const shown = systemCode === undefined ? "" : ` (${systemCode})`;
  return new BackupError(meaning.code, `${subject} cannot be reached: ${meaning.text}${shown}`, {
    details: { systemCode },
    hint: meaning.hint,
    cause,
  });
}

function findMeaning({ systemCode, name, message }: AwsFailure): Meaning | undefined {
  if (systemCode !== undefined && MEANINGS[systemCode] !== undefined) return MEANINGS[systemCode];
  // What speaks there is no HTTP: a TLS port addressed with http://, or another service.
  if (systemCode?.startsWith("HPE_")) {
    return untrusted(
      "it does not speak HTTP there",
      "write https:// in the endpoint, or check its port",
    );
  }
  if (systemCode?.startsWith("ERR_SSL_") || systemCode?.startsWith("ERR_TLS_")) {
    return untrusted("the TLS handshake failed", "check the server's TLS settings");
  }
  if (name === "TimeoutError") return SLOW;
  return message === "aborted" || message === "socket hang up" ? BROKEN : undefined;
}
