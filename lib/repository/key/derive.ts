import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "../../base/index.ts";
import { KEY_BYTES, splitKey } from "../crypto/index.ts";
import type { MasterKey } from "../types.ts";
import { plainScrypt } from "./plain-scrypt.ts";
import { assertScryptCost, memoryOf, type ScryptCost } from "./scrypt-cost.ts";

/** Length of the salt of every key file. */
export const SALT_BYTES = 64;

const nodeScrypt = promisify<
  Uint8Array,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/**
 * Derives the key that wraps the master key from a password, as UTF-8 without normalisation. It has the shape of a master key. Runs on
 * the thread pool for about half a second, by design.
 * @throws BackupError `data-corrupt`, `limit-exceeded` for a cost out of bounds
 */
export async function deriveKey(
  password: Secret,
  salt: Uint8Array,
  cost: ScryptCost,
): Promise<MasterKey> {
  assertScryptCost(cost);
  const { N, r, p } = cost;
  const bytes = Buffer.from(password.reveal(), "utf8");
  if (isRefusedByOpenssl(cost)) return splitKey(plainScrypt(bytes, salt, cost, KEY_BYTES));
  const maxmem = 2 * memoryOf(cost) + 128 * r * p;
  return splitKey(await nodeScrypt(bytes, salt, KEY_BYTES, { N, r, p, maxmem }));
}

/** OpenSSL holds the RFC's mistaken bound, see `scrypt-cost.ts`. */
function isRefusedByOpenssl({ N, r }: ScryptCost): boolean {
  return Math.log2(N) >= 16 * r;
}
