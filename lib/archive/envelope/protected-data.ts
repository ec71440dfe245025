import { createDecipheriv, createHash, timingSafeEqual } from "node:crypto";
import type { SessionKey } from "openpgp";
import { damaged, type PacketReader } from "./packet-reader.ts";

const BLOCK_BYTES = 16;
/** Random bytes at the start, the last two of them twice. */
export const PREFIX_BYTES: number = BLOCK_BYTES + 2;
/** The packet at the end: its header, and the SHA-1 of everything before the hash itself. */
const CODE_BYTES = 22;

const CIPHERS: Readonly<Record<string, string>> = {
  aes128: "aes-128-cfb",
  aes192: "aes-192-cfb",
  aes256: "aes-256-cfb",
};

/** Whether {@link decryptProtected} knows a session key's cipher. */
export function isAes(key: SessionKey): boolean {
  return key.algorithm in CIPHERS;
}

/** Decrypts the first bytes only; what they say can be a guess, and no more. */
export function decryptStart(key: SessionKey, start: Uint8Array): Uint8Array {
  const cipher = CIPHERS[key.algorithm] ?? "";
  return createDecipheriv(cipher, key.data, Buffer.alloc(BLOCK_BYTES)).update(start);
}

/**
 * Decrypts the body of a protected data packet, version 1, whose version has been read. **Nothing that it gives counts before it has ended
 * normally**: the code that shows changes is at the end.
 *
 * Our own and not OpenPGP.js's, which on some damaged messages waits for ever when it streams, and else holds everything in memory.
 * @throws BackupError `data-corrupt`
 * @see RFC 9580, section 5.13.1
 */
export async function* decryptProtected(
  packet: PacketReader,
  key: SessionKey,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decipher = createDecipheriv(
    CIPHERS[key.algorithm] ?? "",
    key.data,
    Buffer.alloc(BLOCK_BYTES),
  );
  const hash = createHash("sha1");
  hash.update(decipher.update(await packet.take(PREFIX_BYTES)));
  // The last bytes are kept back until it is known that they are not the code.
  let kept: Uint8Array = new Uint8Array(0);
  for (let some = await packet.read(); some !== undefined; some = await packet.read()) {
    const plain = Buffer.concat([kept, decipher.update(some)]);
    const sure = plain.subarray(0, Math.max(plain.length - CODE_BYTES, 0));
    kept = plain.subarray(sure.length);
    hash.update(sure);
    if (sure.length > 0) yield sure;
  }
  hash.update(kept.subarray(0, 2));
  const isCode = kept.length === CODE_BYTES && kept[0] === 0xd3 && kept[1] === 0x14;
  if (!isCode || !timingSafeEqual(hash.digest(), kept.subarray(2))) {
    throw damaged("its integrity code does not fit");
  }
}
