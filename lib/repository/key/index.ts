/**
 * Key files: the master key of a repository, wrapped once for each password that opens it.
 *
 * A key file is plain JSON under its hash. scrypt turns the password into a key of the master key's shape, which seals the master key;
 * new ones cost what restic's cost, and a stored cost is bounded before it is spent. Removing a key file takes a password out of use,
 * but cannot take back a master key that somebody learnt. A repository is never left without a key.
 *
 * @module
 */
export { calibrateScrypt, RANDOM_PASSWORD_COST } from "./calibrate.ts";
export {
  addKey,
  changePassword,
  type NewKeyOptions,
  type RemoveKeyOptions,
  removeKey,
} from "./change-keys.ts";
export { type OpenedKey, type OpenKeyOptions, openKey } from "./open-key.ts";
export {
  createRepositoryKeys,
  type RepositoryKeys,
  type RepositoryKeysOptions,
} from "./repository-keys.ts";
export type { ScryptCost } from "./scrypt-cost.ts";
export { listKeys, type StoredKey } from "./stored-keys.ts";
