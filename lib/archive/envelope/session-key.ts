import { createDecipheriv } from "node:crypto";
import type { SessionKey } from "openpgp";

const CIPHERS: Readonly<Record<string, string>> = {
  aes128: "aes-128-cfb",
  aes192: "aes-192-cfb",
  aes256: "aes-256-cfb",
};

/** A block of random bytes, then its last two again. */
export const CHECK_BYTES = 18;

/**
 * Chooses the session keys that may have encrypted this data, by the two bytes that are repeated at its start (as gpg does it); a wrong key
 * passes once in 65,536 times. It matters because nothing else tells a wrong passphrase from a damaged message: any passphrase gives some key.
 *
 * @param start - The first {@link CHECK_BYTES} encrypted bytes; undefined where the message has none in the clear.
 * @returns `areCertain` is false when none of the keys could be checked: they are of ciphers that nobody uses, or garbage.
 */
export function chooseSessionKeys(
  keys: readonly SessionKey[],
  start: Uint8Array | undefined,
): { readonly keys: SessionKey[]; readonly areCertain: boolean } {
  if (start === undefined || start.length < CHECK_BYTES) {
    return { keys: [...keys], areCertain: false };
  }
  const fitting = keys.filter((key) => doesFit(key, start) === true);
  if (fitting.length > 0) return { keys: fitting, areCertain: true };
  return { keys: keys.filter((key) => doesFit(key, start) === undefined), areCertain: false };
}

function doesFit(key: SessionKey, start: Uint8Array): boolean | undefined {
  const cipher = CIPHERS[key.algorithm ?? ""];
  if (cipher === undefined) return undefined;
  const plain = createDecipheriv(cipher, key.data, Buffer.alloc(16)).update(start);
  return plain[14] === plain[16] && plain[15] === plain[17];
}
