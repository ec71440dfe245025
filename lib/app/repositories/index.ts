/**
 * The repositories of instances: opened, created, cared for, and the passwords that open them, kept in the home, wrapped by KMS or typed.
 *
 * @module
 */
export { withConfiguredPassword } from "./configured-password.ts";
export { loadKeptPassword } from "./kept-passwords.ts";
export { openWithPassword } from "./open-with-password.ts";
export {
  type UnwrapReport,
  unwrapRepositoryPassword,
  type WrapOptions,
  type WrapReport,
  wrapRepositoryPassword,
} from "./password-wrapping.ts";
export { asPruner } from "./pruner.ts";
export {
  type OpenedRepositories,
  type OpenRepositoryOptions,
  openInstanceRepository,
  openOrCreateRepository,
} from "./repositories.ts";
export { openRepositoryCache, repositoryStorage } from "./repository-cache.ts";
export {
  checkInstanceRepository,
  planInstancePrune,
  pruneInstanceRepository,
  repairInstanceIndex,
  repairInstanceSnapshots,
  waiting,
} from "./repository-care.ts";
export {
  addPassword,
  changePassword,
  listPasswords,
  type RepositoryPassword,
  removePassword,
} from "./repository-passwords.ts";
export { savingFor, threadKeyOf } from "./saving.ts";
export { findWraps, proveWrap, wrappingKey } from "./wrapped-passwords.ts";
