import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";
import { BackupError } from "../../base/index.ts";
import { type MasterKey, SEAL_OVERHEAD_BYTES, type Sealer } from "../types.ts";
import { assertMasterKey } from "./master-key.ts";
import {
  loadPoly1305,
  type OneTimeAuth,
  type Poly1305Implementation,
  TAG_BYTES,
} from "./poly1305.ts";

export interface SealerOptions {
  /** @default the native one where it can be loaded */
  readonly poly1305?: Poly1305Implementation | undefined;
}

const IV_BYTES = 16;
const IVS_DRAWN = 256;

/**
 * Makes what encrypts and authenticates every file and blob of a repository.
 *
 * | offset | length | field |
 * | --- | --- | --- |
 * | 0 | 16 | IV, random, never all zero; the first counter block of AES-256-CTR, big-endian |
 * | 16 | n | ciphertext |
 * | 16 + n | 16 | Poly1305-AES of the ciphertext alone, under `r ‖ AES-128_k(IV)` |
 *
 * The IV is no part of the authenticated message; a changed one changes the one-time key, so the MAC fails all the same.
 *
 * @throws BackupError `data-corrupt` for a key with wrong or zero parts
 * @see restic doc/design.rst, "Keys, Encryption and MAC"
 */
export function createSealer(masterKey: MasterKey, options: SealerOptions = {}): Sealer {
  assertMasterKey(masterKey);
  const encryptKey = createSecretKey(masterKey.encrypt);
  const oneTimeKey = oneTimeKeys(masterKey);
  const authenticate: OneTimeAuth = loadPoly1305(options.poly1305);
  const nextIv = randomIvs();

  const sealInto = (plaintext: Uint8Array, target: Uint8Array, offsetBytes: number): number => {
    const iv = nextIv();
    // CTR is a stream: there is no final block to ask for. A KeyObject spares the 8 µs that a key as bytes costs at each call.
    const ciphertext = createCipheriv("aes-256-ctr", encryptKey, iv).update(plaintext);
    target.set(iv, offsetBytes);
    target.set(ciphertext, offsetBytes + IV_BYTES);
    target.set(
      authenticate(ciphertext, oneTimeKey(iv)),
      offsetBytes + IV_BYTES + plaintext.byteLength,
    );
    return plaintext.byteLength + SEAL_OVERHEAD_BYTES;
  };

  return {
    sealInto,
    seal(plaintext) {
      const sealed = Buffer.allocUnsafe(plaintext.byteLength + SEAL_OVERHEAD_BYTES);
      sealInto(plaintext, sealed, 0);
      return sealed;
    },
    open(sealed) {
      const { iv, ciphertext, tag } = takeApart(sealed);
      if (!timingSafeEqual(authenticate(ciphertext, oneTimeKey(iv)), tag)) throw isForged();
      return createDecipheriv("aes-256-ctr", encryptKey, iv).update(ciphertext);
    },
  };
}

/** Draws random bytes for many IVs at once: drawn one by one they cost 10 µs each. What is given is overwritten by a later call. */
function randomIvs(): () => Uint8Array {
  const drawn = Buffer.allocUnsafeSlow(IVS_DRAWN * IV_BYTES);
  let at = drawn.byteLength;
  return () => {
    if (at === drawn.byteLength) {
      randomFillSync(drawn);
      at = 0;
    }
    at += IV_BYTES;
    return drawn.subarray(at - IV_BYTES, at);
  };
}

/** One kept AES-128 cipher turns every IV into the second half of its Poly1305 key. The result is overwritten by the next call. */
function oneTimeKeys({ macK, macR }: MasterKey): (iv: Uint8Array) => Uint8Array {
  const cipher = createCipheriv("aes-128-ecb", createSecretKey(macK), null).setAutoPadding(false);
  const key = new Uint8Array(32);
  key.set(macR);
  return (iv) => {
    assertIv(iv);
    key.set(cipher.update(iv), 16);
    return key;
  };
}

function takeApart(sealed: Uint8Array): Record<"iv" | "ciphertext" | "tag", Uint8Array> {
  const sizeBytes = sealed.byteLength;
  if (sizeBytes < SEAL_OVERHEAD_BYTES) {
    throw new BackupError(
      "data-corrupt",
      `encrypted data has ${sizeBytes} bytes, its IV and MAC alone have ${SEAL_OVERHEAD_BYTES}`,
      { details: { sizeBytes } },
    );
  }
  return {
    iv: sealed.subarray(0, IV_BYTES),
    ciphertext: sealed.subarray(IV_BYTES, sizeBytes - TAG_BYTES),
    tag: sealed.subarray(sizeBytes - TAG_BYTES),
  };
}

/** An IV of zeros is that of a buffer nobody filled. */
function assertIv(iv: Uint8Array): void {
  if (iv.some((byte) => byte !== 0)) return;
  throw new BackupError("data-corrupt", "encrypted data has an IV of zeros");
}

function isForged(): BackupError {
  return new BackupError(
    "data-corrupt",
    "encrypted data is damaged, or encrypted with another key: its MAC does not hold",
  );
}
