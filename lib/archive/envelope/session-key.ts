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
 * Whether a session key may be the one that encrypted this data, by the two bytes that are repeated at its start (as gpg does it). A wrong key passes once
 * in 65,536 times. It matters because nothing else tells a wrong passphrase from a damaged message: any passphrase gives some key.
 *
 * @param start - The first {@link CHECK_BYTES} encrypted bytes.
 */
export function maySessionKeyFit(key: SessionKey, start: Uint8Array): boolean {
  const cipher = CIPHERS[key.algorithm ?? ""];
  // Nothing we write; OpenPGP.js will tell.
  if (cipher === undefined || start.length < CHECK_BYTES) return true;
  const plain = createDecipheriv(cipher, key.data, Buffer.alloc(16)).update(start);
  return plain[14] === plain[16] && plain[15] === plain[17];
}
