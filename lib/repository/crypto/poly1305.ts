import { createRequire } from "node:module";
import { poly1305 } from "@noble/ciphers/_poly1305.js";

/**
 * Poly1305 of `message` under a key of 32 bytes that serves for one message only: `r ‖ s`. It clamps `r` itself, so masked and
 * unmasked keys give the same tag.
 * @returns the tag, 16 bytes
 */
export type OneTimeAuth = (message: Uint8Array, key: Uint8Array) => Uint8Array;

/** Which implementation computes Poly1305: libsodium's (3,200–4,500 MB/s measured) or one in JavaScript (235 MB/s). */
export type Poly1305Implementation = "native" | "javascript";

export const TAG_BYTES = 16;

/** What is used of sodium-native, which comes without types. */
interface Sodium {
  crypto_onetimeauth(tag: Uint8Array, message: Uint8Array, key: Uint8Array): void;
}

let native: OneTimeAuth | undefined;
let isNativeTried = false;

/**
 * Gives the fastest Poly1305 of this machine, loading the native one at the first call. Node's own crypto has none, because Poly1305
 * is only reachable there as a part of ChaCha20-Poly1305.
 *
 * @param forced - Asks for one of them.
 * @throws Error when the native one is asked for and cannot be loaded
 */
export function loadPoly1305(forced?: Poly1305Implementation | undefined): OneTimeAuth {
  if (forced === "javascript") return poly1305;
  if (forced === "native") return loadNative();
  if (!isNativeTried) {
    isNativeTried = true;
    try {
      native = loadNative();
    } catch {
      // No prebuilt binary for this platform: slower, and the same bytes.
    }
  }
  return native ?? poly1305;
}

function loadNative(): OneTimeAuth {
  const sodium = createRequire(import.meta.url)("sodium-native") as Sodium;
  return (message, key) => {
    const tag = new Uint8Array(TAG_BYTES);
    sodium.crypto_onetimeauth(tag, message, key);
    return tag;
  };
}
