import { randomBytes } from "node:crypto";
import { BackupError } from "../../base/index.ts";
import type { MasterKey } from "../types.ts";

/** The parts of a key, in the order in which scrypt's output is cut into them, with their lengths. */
const PARTS = [
  ["encrypt", 32],
  ["macK", 16],
  ["macR", 16],
] as const;

/** What Poly1305 uses of `r`: the top four bits of bytes 3, 7, 11, 15 and the low two of bytes 4, 8, 12 are cleared. */
const CLAMP = Buffer.from("ffffff0ffcffff0ffcffff0ffcffff0f", "hex");

/** Length of all parts together. */
export const KEY_BYTES = 64;

/**
 * Makes the key of a new repository. It never changes afterwards; passwords only wrap it. Its `r` is stored clamped, as design.rst wants it
 * and restic before 0.16 writes it, although every Poly1305 clamps for itself.
 */
export function generateMasterKey(): MasterKey {
  const key = splitKey(randomBytes(KEY_BYTES));
  return { ...key, macR: key.macR.map((byte, at) => byte & (CLAMP[at] ?? 0)) };
}

/**
 * Cuts 64 bytes into a key: `encrypt(32) ‖ k(16) ‖ r(16)`.
 * @see restic doc/design.rst, "Keys, Encryption and MAC"
 */
export function splitKey(bytes: Uint8Array): MasterKey {
  return {
    encrypt: bytes.slice(0, 32),
    macK: bytes.slice(32, 48),
    macR: bytes.slice(48, KEY_BYTES),
  };
}

/**
 * Refuses a key with a part of wrong length, or one of zeros only: nobody's random numbers, and as good as no encryption.
 * @throws BackupError `data-corrupt`
 */
export function assertMasterKey(key: MasterKey): void {
  for (const [part, lengthBytes] of PARTS) {
    if (key[part].byteLength !== lengthBytes) {
      throw new BackupError(
        "data-corrupt",
        `master key: ${part} has ${key[part].byteLength} bytes, expected are ${lengthBytes}`,
      );
    }
    if (key[part].every((byte) => byte === 0)) {
      throw new BackupError("data-corrupt", `master key: ${part} is all zeros`);
    }
  }
}
